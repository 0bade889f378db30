import { Readable } from 'node:stream';
import { RouterExecutionContext } from '@nestjs/core/router/router-execution-context.js';
import { describe, expect, it } from '@jest/globals';
import { quickenStreamSearch } from './stream-search.js';

type Search = (this: unknown, result: unknown, handlerStreams: unknown[]) => unknown;

const router = RouterExecutionContext.prototype as unknown as { pickStreamingBody: Search };

async function* generated(): AsyncGenerator<string> {
  yield 'egg';
}

describe('the search for a stream in an answer', () => {
  it('finds what that of Nest finds, and is another one', async () => {
    const ofNest = router.pickStreamingBody;

    expect(await quickenStreamSearch()).toBe(true);
    expect(router.pickStreamingBody).not.toBe(ofNest);

    const stream = generated();
    const read = Readable.from(['egg']).resume();
    const query = {
      ...Object.fromEntries(['then'].map((name) => [name, () => undefined])),
      [Symbol.asyncIterator]: () => stream,
    };
    const plain = [{}, { id: 1 }, { data: stream }, { data: read }, { a: 1 }, Object.create(null)];
    const others = [undefined, null, 'egg', 7, [1], [stream], new Date(), new (class Egg {})(), query];
    const streams = [stream, read, Readable.from([]), new Response('egg'), new ReadableStream()];
    const found = [...plain, ...others, ...streams].flatMap((result) =>
      [[], [result], [stream], [{ data: 1 }], [stream, read]].map((made) => ({
        expected: ofNest.call(router, result, made),
        found: router.pickStreamingBody(result, made),
      })),
    );

    expect(found.filter((each) => each.found !== each.expected)).toEqual([]);
    expect(new Set(found.map((each) => each.found))).toEqual(new Set([undefined, ...streams]));
  });

  it('is put into its place once', async () => {
    await quickenStreamSearch();
    const { pickStreamingBody } = router;
    await quickenStreamSearch();

    expect(router.pickStreamingBody).toBe(pickStreamingBody);
  });
});
