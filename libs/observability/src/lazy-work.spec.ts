import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import {
  BehaviorSubject,
  firstValueFrom,
  isObservable,
  lastValueFrom,
  map,
  Observable,
  range,
  take,
  toArray,
} from 'rxjs';
import { requestContext, runInContext, traceContexts } from './request-context.js';
import { type Span, Tracer } from './tracer.js';

/** Keeps how spans have ended. */
class Notebook extends Tracer {
  readonly ends: (string | undefined)[] = [];

  override startSpan(): Span {
    throw new Error('nothing is inside of anything here');
  }

  override startEntry(): Span {
    let isOver = false;
    const end: Span['end'] = ({ error } = {}) => {
      if (!isOver) this.ends.push(error);
      isOver = true;
    };
    return { trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '01' }, isRecorded: true, end };
  }
}

const HEADERS = { 'x-request-id': 'own' };
const id = (): string | undefined => requestContext()?.requestId;

function* rows(): Generator<string | undefined, string, string | undefined> {
  try {
    yield id();
    return `${yield id()} ${id()}`;
  } finally {
    yield `left ${id()}`;
  }
}

async function* pages(): AsyncGenerator<string | undefined> {
  yield id();
  await sleep(1);
  yield id();
}

describe('runInContext, of what begins its work later,', () => {
  it('steps a generator in the context, to its end or to where it is left', () => {
    const tracer = new Notebook();
    using _ = traceContexts(tracer);
    const stepped = runInContext(HEADERS, rows);
    expect([stepped.next().value, stepped.next().value, stepped.next('given').value]).toEqual([
      'own',
      'own',
      'left own',
    ]);
    expect([tracer.ends.length, id()]).toEqual([0, undefined]);
    expect(stepped.next()).toEqual({ value: 'given own', done: true });
    expect(tracer.ends).toEqual([undefined]);

    for (const value of runInContext(HEADERS, rows)) {
      expect(value).toBe('own');
      break;
    }
    expect(tracer.ends).toHaveLength(1);
    const left = runInContext(HEADERS, rows);
    expect([...left]).toEqual(['own', 'own', 'left own']);
    expect(tracer.ends).toHaveLength(2);
  });

  it('ends the span of a generator with what it throws', async () => {
    const tracer = new Notebook();
    using _ = traceContexts(tracer);
    expect(() => runInContext(HEADERS, rows).throw(new RangeError('thrown in'))).toThrow('thrown in');
    await expect(runInContext(HEADERS, pages).throw(new TypeError('rejected'))).rejects.toThrow('rejected');
    expect(tracer.ends).toEqual(['RangeError', 'TypeError']);
  });

  it('steps an async generator in the context, across its awaits', async () => {
    const tracer = new Notebook();
    using _ = traceContexts(tracer);
    const ids: unknown[] = [];
    for await (const value of runInContext(HEADERS, pages)) ids.push(value, id(), tracer.ends.length);
    expect(ids).toEqual(['own', undefined, 0, 'own', undefined, 0]);
    await runInContext(HEADERS, pages).return(undefined);
    expect(tracer.ends).toEqual([undefined, undefined]);
  });

  it('subscribes to an Observable in the context, each time', async () => {
    const ids = runInContext(HEADERS, () => new Observable((to) => void sleep(1).then(() => to.next(id()))));
    expect(isObservable(ids)).toBe(true);
    expect(await firstValueFrom(ids)).toBe('own');
    expect(await firstValueFrom(ids.pipe(map((one) => [one])))).toEqual(['own']);
    expect(id()).toBeUndefined();
  });

  it('ends the span of an Observable with the subscription that ends first', async () => {
    const tracer = new Notebook();
    using _ = traceContexts(tracer);
    const failing = runInContext(HEADERS, () => new Observable((to) => to.error(new RangeError(id()))));
    expect(tracer.ends).toEqual([]);
    await expect(lastValueFrom(failing)).rejects.toThrow('own');
    await expect(lastValueFrom(failing)).rejects.toThrow('own');
    expect(tracer.ends).toEqual(['RangeError']);
    const endless = runInContext(HEADERS, () => range(1, Infinity));
    expect(await lastValueFrom(endless.pipe(take(2), toArray()))).toEqual([1, 2]);
    expect(tracer.ends).toEqual(['RangeError', undefined]);
    runInContext(HEADERS, () => new Observable())
      .subscribe()
      .unsubscribe();
    expect(tracer.ends).toHaveLength(3);
  });

  it('hands back a subject that still is one', () => {
    const subject = new BehaviorSubject(1);
    const same = runInContext(HEADERS, () => subject);
    const seen: number[] = [];
    same.subscribe((value) => seen.push(value));
    same.next(2);
    subject.next(3);
    expect([seen, same.value, same instanceof BehaviorSubject]).toEqual([[1, 2, 3], 3, true]);
  });

  it('leaves a query that runs when it is awaited as it is', async () => {
    let runs = 0;
    const run: PromiseLike<number>['then'] = (...given) => Promise.resolve(++runs).then(...given);
    const query = {} as PromiseLike<number>;
    Reflect.set(query, 'then', run);
    const tracer = new Notebook();
    using _ = traceContexts(tracer);
    const [back] = [runInContext<unknown>(HEADERS, () => query)].map((same) => same === query);
    expect([back, runs, tracer.ends]).toEqual([true, 0, [undefined]]);
    expect(await runInContext(HEADERS, async () => [await query, id()])).toEqual([1, 'own']);
  });
});
