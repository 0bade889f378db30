import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AdminAnswer, AdminEndpoint, AdminRequest } from '@eggybyte/observability';
import { AdminEndpoints } from './admin-endpoints.js';

const NO_QUERY = new URLSearchParams();
const told: unknown[] = [];
beforeEach(() => {
  told.length = 0;
  Logger.overrideLogger({
    log: () => undefined,
    warn: () => undefined,
    error: (text: unknown) => void told.push(text),
  });
});
afterEach(() => Logger.overrideLogger(false));

/** Endpoints of which `/it` answers so. */
function withEndpoint(handle: (request: AdminRequest) => unknown, answerMs?: number): AdminEndpoints {
  const endpoints = new AdminEndpoints(answerMs);
  endpoints.add('/it', { handle } as AdminEndpoint);
  return endpoints;
}

describe(AdminEndpoints, () => {
  it('writes what an endpoint tells as JSON, with its status', async () => {
    const answers: AdminAnswer[] = [{ body: { a: [1] } }, { status: 503, body: null }];
    const endpoints = withEndpoint(() => answers.shift());
    const contentType = 'application/json; charset=utf-8';
    expect(await endpoints.answer('/it', NO_QUERY)).toEqual({ status: 200, contentType, body: '{"a":[1]}' });
    expect(await endpoints.answer('/it', NO_QUERY)).toEqual({ status: 503, contentType, body: 'null' });
  });

  it('hands on the query', async () => {
    const endpoints = withEndpoint(({ method, query }) => ({ body: [method, query.get('of')] }));
    expect(await endpoints.answer('/it', new URLSearchParams('of=orders'))).toMatchObject({ body: '["GET","orders"]' });
  });

  it('knows no other path', async () => {
    const endpoints = withEndpoint(() => ({ body: 1 }));
    for (const path of ['/', '/its', '/it/', '/IT', '/it/more', '__proto__']) {
      expect(await endpoints.answer(path, NO_QUERY)).toBeUndefined();
    }
  });

  const circular: unknown[] = [];
  circular.push(circular);
  it.each<[string, (request: AdminRequest) => unknown]>([
    ['throws', () => raise(new Error('mysql://root:s3cr3t@db is gone'))],
    ['rejects', () => Promise.reject(new Error('mysql://root:s3cr3t@db is gone'))],
    ['throws nothing', () => Promise.reject()],
    ['answers nothing', () => undefined],
    ['answers null', () => null],
    ['has no body', () => ({})],
    ['tells a function', () => ({ body: () => 1 })],
    ['tells a circle', () => ({ body: circular })],
    ['tells a bigint', () => ({ body: 1n })],
    ['throws while it is told', () => ({ body: { toJSON: () => raise(new Error('no')) } })],
    ['has a wild status', () => ({ status: 99, body: 1 })],
    ['has a status that is a text', () => ({ status: '200', body: 1 })],
  ])('answers 500 without a word of the reason for one that %s, and logs it once', async (_what, handle) => {
    const answer = await withEndpoint(handle).answer('/it', NO_QUERY);
    expect(answer).toMatchObject({ status: 500, body: 'internal error\n' });
    expect(told).toEqual([{ msg: expect.stringMatching(/^the admin endpoint \/it failed: /), path: '/it' }]);
    expect(JSON.stringify(told)).not.toContain('s3cr3t');
  });

  it('gives up one that hangs, tells it by its signal, and logs it once', async () => {
    let signal: AbortSignal | undefined;
    let calls = 0;
    const release = Promise.withResolvers<AdminAnswer>();
    const endpoints = withEndpoint((request) => {
      calls++;
      ({ signal } = request);
      return release.promise;
    }, 5);
    endpoints.add('/other', { handle: () => ({ body: 'well' }) });
    const late = { status: 503, body: 'no answer in time\n' };
    expect(await endpoints.answer('/it', NO_QUERY)).toMatchObject(late);
    expect(signal?.reason).toMatchObject({ name: 'TimeoutError' });
    // While it hangs it is not called again, and others do not mind.
    expect(await endpoints.answer('/it', NO_QUERY)).toMatchObject(late);
    expect(await endpoints.answer('/other', NO_QUERY)).toMatchObject({ status: 200 });
    expect(calls).toBe(1);
    release.resolve({ body: 'at last' });
    await release.promise;
    await Promise.resolve();
    expect(await endpoints.answer('/it', NO_QUERY)).toMatchObject({ status: 200, body: '"at last"' });
    expect(told).toEqual([{ msg: 'the admin endpoint /it gave no answer within 5 ms', path: '/it' }]);
  });

  it.each(['', '/', 'it', '/It', '/1st', '/a/b', '/a b', '/ä', '/it\n', `/${'a'.repeat(64)}`, '/livez', '/metrics', 7])(
    'refuses the path %p',
    (path) => {
      const add = () => new AdminEndpoints().add(path as string, { handle: () => ({ body: 1 }) });
      expect(add).toThrow(expect.objectContaining({ code: 'EGGY_MONITORING_ENDPOINT_PATH' }));
    },
  );

  it('refuses a second endpoint of one path', () => {
    const add = () => withEndpoint(() => 1).add('/it', { handle: () => ({ body: 1 }) });
    expect(add).toThrow(expect.objectContaining({ code: 'EGGY_MONITORING_ENDPOINT_TWICE' }));
  });
});

function raise(error: Error): never {
  throw error;
}
