import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  createRequestContext,
  enterContext,
  type IncomingHeaders,
  outsideContext,
  requestContext,
  runInContext,
  stayInContext,
} from './request-context.js';
import { activeTrace, enterTrace } from './active-trace.js';
import { contextHeaders } from './context-headers.js';
import { currentUnitOfWork, runInUnitOfWork } from './unit-of-work.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('createRequestContext', () => {
  it.each(['a', 'Z', '0', '.', '-', '_', 'req-1.A_b', 'x'.repeat(128), '__proto__'])('keeps the id %p', (id) => {
    expect(createRequestContext({ 'x-request-id': id }).requestId).toBe(id);
  });

  it.each<[string, IncomingHeaders['x-request-id']]>([
    ['no id', undefined],
    ['an empty id', ''],
    ['an id of 129 characters', 'x'.repeat(129)],
    ['an id of 8 KB', 'x'.repeat(8192)],
    ['a blank', 'a b'],
    ['a new line', 'a\nb'],
    ['a new line at the end', 'abc\n'],
    ['carriage return and line feed', 'a\r\nx-admin: 1'],
    ['a NUL', 'a\0'],
    ['an escape sequence', '\u001B[31mred'],
    ['a letter with an accent', 'é'],
    ['JSON', '{"a":1}'],
    ['a path', '../../etc/passwd'],
    ['two headers, joined', 'a, b'],
    ['two headers, as a list', ['a', 'b']],
    ['one header, as a list', ['a']],
  ])('makes a fresh id in place of %s', (_, id) => {
    expect(createRequestContext({ 'x-request-id': id }).requestId).toMatch(UUID);
  });

  it('takes an id that is not a text for none', () => {
    const headers = { 'x-request-id': Buffer.from('abc') } as unknown as IncomingHeaders;

    expect(createRequestContext(headers).requestId).toMatch(UUID);
  });

  it('makes another id each time', () => {
    expect(createRequestContext({}).requestId).not.toBe(createRequestContext({}).requestId);
  });

  it('always has an id that is fit for a header and a log line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (id) => {
        expect(createRequestContext({ 'x-request-id': id }).requestId).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
      }),
    );
  });

  it('goes on with the trace of a valid traceparent, in a span of its own', () => {
    const { trace } = createRequestContext({ traceparent: TRACEPARENT });

    expect(trace).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', flags: '01' });
    expect(trace?.spanId).not.toBe('00f067aa0ba902b7');
  });

  it.each(['garbage', '', undefined])('has no trace for the traceparent %p', (traceparent) => {
    expect(createRequestContext({ traceparent }).trace).toBeUndefined();
  });

  it('shares its fields with no other context', () => {
    const one = createRequestContext({});
    one.fields['user'] = 1;

    expect(createRequestContext({}).fields).toEqual({});
  });
});

describe('requestContext', () => {
  it('is undefined outside of a context', () => {
    expect(requestContext()).toBeUndefined();
  });

  it('is the context of the work at hand, across awaits, and ends with it', async () => {
    const id = await runInContext({ 'x-request-id': 'one' }, async () => {
      await nextTurn();
      return requestContext()?.requestId;
    });

    expect(id).toBe('one');
    expect(requestContext()).toBeUndefined();
  });

  it('is kept apart between works that run at the same time', async () => {
    const work = (id: string) =>
      runInContext({ 'x-request-id': id }, async () => {
        const before = requestContext();
        await nextTurn();
        return requestContext() === before && before?.requestId;
      });

    expect(await Promise.all(['a', 'b', 'c'].map(work))).toEqual(['a', 'b', 'c']);
  });

  it('is the inner one inside, and the outer one again afterwards', () => {
    runInContext({ 'x-request-id': 'outer' }, () => {
      runInContext({ 'x-request-id': 'inner' }, () => expect(requestContext()?.requestId).toBe('inner'));
      expect(requestContext()?.requestId).toBe('outer');
    });
  });

  it('ends when the work throws', () => {
    const work = () => {
      throw new Error('work');
    };

    expect(() => runInContext({}, work)).toThrow('work');
    expect(requestContext()).toBeUndefined();
  });
});

describe('stayInContext', () => {
  const context = { requestId: 'abc', trace: undefined, fields: {} };

  it('lasts to the end of the callback, and in what begins in it', async () => {
    const seen = await new Promise((resolve) => {
      setImmediate(() => {
        stayInContext(context);
        void nextTurn().then(() => resolve(requestContext()));
      });
    });

    expect(seen).toBe(context);
    expect(requestContext()).toBeUndefined();
  });

  it('is unknown to what Node calls next', async () => {
    const seen: unknown[] = [];
    await new Promise<void>((resolve) => {
      setImmediate(() => stayInContext(context));
      setImmediate(() => {
        seen.push(requestContext());
        resolve();
      });
    });

    expect(seen).toEqual([undefined]);
  });

  it('leaves other storages as they are', async () => {
    const tenant = new AsyncLocalStorage<string>();
    const seen = await tenant.run('a', async () => {
      await nextTurn();
      stayInContext(context);
      return tenant.getStore();
    });

    expect(seen).toBe('a');
  });
});

describe('enterContext', () => {
  it('runs the work in the context it is given and answers with its result', () => {
    const context = createRequestContext({});

    expect(enterContext(context, () => requestContext())).toBe(context);
  });
});

describe('outsideContext', () => {
  it('leaves the context, the span and the transaction at hand, also for what is set off, and only there', async () => {
    await runInContext({ 'x-request-id': 'one', traceparent: TRACEPARENT }, async () => {
      const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '01' };
      const look = (): unknown[] => [requestContext(), activeTrace(), currentUnitOfWork()];
      const later = async (): Promise<unknown[]> => [...look(), ...(await nextTurn().then(look))];
      const inside = (): Promise<unknown[]> => outsideContext(later);
      const seen = await enterTrace(span, () => runInUnitOfWork({ afterCommit: () => undefined }, inside));

      expect(seen).toEqual(Array.from({ length: 6 }));
      expect(requestContext()?.requestId).toBe('one');
    });
  });

  it('gives back what the work does', () => {
    expect(outsideContext(() => 7)).toBe(7);
  });
});

describe('contextHeaders', () => {
  it('is empty outside of a context', () => {
    expect(contextHeaders()).toEqual({});
  });

  it('carries the id alone where there is no trace', () => {
    expect(runInContext({ 'x-request-id': 'one' }, contextHeaders)).toEqual({ 'x-request-id': 'one' });
  });

  it('leads the next service into the same trace, below this span', () => {
    const { sent, spanId } = runInContext({ 'x-request-id': 'one', traceparent: TRACEPARENT }, () => ({
      sent: contextHeaders(),
      spanId: requestContext()?.trace?.spanId,
    }));

    expect(sent).toEqual({
      'x-request-id': 'one',
      traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${spanId}-01`,
    });
    expect(createRequestContext(sent)).toMatchObject({
      requestId: 'one',
      trace: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
    });
  });
});
