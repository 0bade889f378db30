import { describe, expect, it } from '@jest/globals';
import { activeTrace, enterTrace } from './active-trace.js';
import { contextHeaders } from './context-headers.js';
import { runInContext, traceContexts } from './request-context.js';
import { type Span, type SpanEnd, type SpanOptions, Tracer } from './tracer.js';
import type { TraceContext } from './traceparent.js';

const TRACE: TraceContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '01' };
const CALLER = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;

describe('activeTrace', () => {
  it('is that of the context, and inside of an entered span that span', () => {
    runInContext({ traceparent: CALLER }, () => {
      expect(activeTrace()).toMatchObject({ traceId: 'c'.repeat(32) });
      enterTrace(TRACE, () => {
        expect(activeTrace()).toBe(TRACE);
        expect(contextHeaders()['traceparent']).toBe(`00-${TRACE.traceId}-${TRACE.spanId}-01`);
      });
      expect(activeTrace()).toMatchObject({ traceId: 'c'.repeat(32) });
    });
  });

  it('is not a span that was entered in another context', () => {
    enterTrace(TRACE, () =>
      runInContext({}, () => {
        expect(activeTrace()).toBeUndefined();
        expect(Object.keys(contextHeaders())).toEqual(['x-request-id']);
      }),
    );
  });

  it('can be none inside of a context that has one', () => {
    runInContext({ traceparent: CALLER }, () => enterTrace(undefined, () => expect(activeTrace()).toBeUndefined()));
  });

  it('is there without a context too', () => {
    enterTrace(TRACE, () => expect(Object.keys(contextHeaders())).toEqual(['traceparent']));
    expect(activeTrace()).toBeUndefined();
  });
});

interface Told extends SpanOptions, SpanEnd {
  remote: TraceContext | undefined;
}

/** Keeps what it is told. */
class Notebook extends Tracer {
  readonly spans: Told[] = [];

  override startSpan(): Span {
    throw new Error('nothing is inside of anything here');
  }

  override startEntry(name: string, remote: TraceContext | undefined, options: SpanOptions = {}): Span {
    const told: Told = { name, remote, ...options };
    return { trace: TRACE, isRecorded: true, end: (end = {}) => void this.spans.push({ ...told, ...end }) };
  }
}

describe('traceContexts', () => {
  it('makes a span of what runs in a context, and of nothing any more when it is disposed of', async () => {
    const tracer = new Notebook();
    {
      using _ = traceContexts(tracer);
      runInContext({}, () => expect(activeTrace()).toBe(TRACE));
      const later = runInContext({ traceparent: CALLER }, async () => activeTrace(), { name: 'orders' });
      expect(tracer.spans).toHaveLength(1);
      await later;
    }
    runInContext({}, () => expect(activeTrace()).toBeUndefined());

    expect(tracer.spans).toEqual([
      { name: 'work', kind: 'internal', remote: undefined },
      { name: 'orders', kind: 'consumer', remote: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), flags: '01' } },
    ]);
  });

  it('tells the class of an error, thrown or rejected, and hands it on', async () => {
    const tracer = new Notebook();
    using _ = traceContexts(tracer);
    const thrown = (): never => {
      throw new TypeError('with a value');
    };
    expect(() => runInContext({}, thrown)).toThrow('with a value');
    await expect(runInContext({}, () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');

    expect(tracer.spans.map(({ error }) => error)).toEqual(['TypeError', 'RangeError']);
  });

  it('leaves the tracer that came later alone', () => {
    const [first, second] = [new Notebook(), new Notebook()];
    const one = traceContexts(first);
    using _ = traceContexts(second);
    one[Symbol.dispose]();
    runInContext({}, () => undefined);

    expect([first.spans.length, second.spans.length]).toEqual([0, 1]);
  });

  it('goes on with the tracer that came before when the last one is disposed of', () => {
    const [first, second] = [new Notebook(), new Notebook()];
    using _ = traceContexts(first);
    const two = traceContexts(second);
    runInContext({}, () => undefined);
    two[Symbol.dispose]();
    two[Symbol.dispose]();
    runInContext({}, () => undefined);

    expect([first.spans.length, second.spans.length]).toEqual([1, 1]);
  });
});
