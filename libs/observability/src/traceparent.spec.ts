import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { childSpan, formatTraceparent, parseTraceparent } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const VALID = `00-${TRACE}-${SPAN}-01`;

describe('parseTraceparent', () => {
  it.each([
    ['version 00', VALID, '01'],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, '00'],
    ['a later version', `01-${TRACE}-${SPAN}-01`, '01'],
    ['a later version with more fields', `cc-${TRACE}-${SPAN}-01-what-the-future-brings`, '01'],
    ['flags of the future', `00-${TRACE}-${SPAN}-ff`, 'ff'],
  ])('takes %s', (_, header, flags) => {
    expect(parseTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, flags });
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['two headers, as a list', [VALID, VALID]],
    ['two headers, joined', `${VALID}, ${VALID}`],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more fields', `${VALID}-more`],
    ['version 00 with a dash at its end', `${VALID}-`],
    ['a later version with text that is no field', `01-${TRACE}-${SPAN}-01more`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', VALID.toUpperCase()],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a long trace id', `00-${TRACE}0-${SPAN}-01`],
    ['a short span id', `00-${TRACE}-${SPAN.slice(1)}-01`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['one digit of flags', `00-${TRACE}-${SPAN}-1`],
    ['letters that are no hex digits', `00-${TRACE}-${SPAN}-0g`],
    ['blanks around', ` ${VALID} `],
    ['a new line at its end', `${VALID}\n`],
    ['underscores', VALID.replaceAll('-', '_')],
    ['a number', 1],
    ['an object', { toString: () => VALID }],
  ])('ignores %s', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  it('never throws, and what it takes has the form of W3C', () => {
    const nearly = fc.stringMatching(/^[0-9a-f]{2}-[0-9a-fA-F]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{1,2}(-x?)?$/);
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), nearly), (header) => {
        const trace = parseTraceparent(header);
        const written = trace ? formatTraceparent(trace) : VALID;
        expect(written).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
      }),
    );
  });

  it('reads back what is written', () => {
    const hex = (length: number) =>
      fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((id) => !/^0+$/.test(id));
    fc.assert(
      fc.property(hex(32), hex(16), fc.constantFrom('00', '01'), (traceId, spanId, flags) => {
        const trace = { traceId, spanId, flags };
        expect(parseTraceparent(formatTraceparent(trace))).toEqual(trace);
      }),
    );
  });
});

describe('childSpan', () => {
  it('keeps the trace and has a span id of its own', () => {
    const parent = { traceId: TRACE, spanId: SPAN, flags: '01' };
    const child = childSpan(parent);

    expect(child).toMatchObject({ traceId: TRACE, flags: '01' });
    expect(child.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(child.spanId).not.toBe(SPAN);
    expect(childSpan(parent).spanId).not.toBe(child.spanId);
  });

  it.each([
    ['00', '00'],
    ['01', '01'],
    ['02', '02'],
    ['ff', '03'],
    ['fe', '02'],
  ])('sends flags %s on as %s: unknown ones are zero', (flags, sent) => {
    expect(childSpan({ traceId: TRACE, spanId: SPAN, flags }).flags).toBe(sent);
  });
});

const members = (count: number): string => Array.from({ length: count }, (_, at) => `v${at}=1`).join();

describe('tracestate', () => {
  it('stands beside a valid traceparent, also in the span of this service', () => {
    const trace = parseTraceparent(VALID, 'vendor=1,other=2');
    expect(trace?.state).toBe('vendor=1,other=2');
    expect(trace && childSpan(trace)).toMatchObject({ traceId: TRACE, state: 'vendor=1,other=2' });
  });

  it('has up to 32 members', () => {
    expect(parseTraceparent(VALID, members(32))?.state).toBe(members(32));
  });

  it.each([
    ['beside no valid traceparent', 'garbage', 'vendor=1'],
    ['that is a list', VALID, ['a=1', 'b=2']],
    ['with a new line', VALID, 'a=1\nb=2'],
    ['that is too long', VALID, `a=${'x'.repeat(1024)}`],
    ['that is empty', VALID, ''],
    ['of 33 members', VALID, members(33)],
    ['of 100 members', VALID, members(100)],
  ])('is dropped %s', (_, parent, state) => {
    expect(parseTraceparent(parent, state)?.state).toBeUndefined();
  });
});
