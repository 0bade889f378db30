import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AdminEndpoint } from '@eggybyte/observability';
import { sendRaw } from './raw-http.js';
import { Serving } from './serving.js';

const TOKEN = 'correct-horse-battery';
const BEARER = { authorization: `Bearer ${TOKEN}` };
const JSON_TYPE = { 'content-type': 'application/json' };

let serving: Serving;
let changes: unknown[];
const records: unknown[] = [];
beforeEach(async () => {
  changes = [];
  records.length = 0;
  Logger.overrideLogger({
    log: () => undefined,
    error: () => undefined,
    warn: (record: unknown) => void records.push(record),
  });
  serving = await Serving.start({ adminToken: () => TOKEN });
  serving.server.addEndpoint('/valve', valve);
  serving.server.addEndpoint('/gauge', { handle: () => ({ body: 1 }) });
});
afterEach(async () => {
  Logger.overrideLogger(false);
  await serving[Symbol.asyncDispose]();
});

const valve: AdminEndpoint = {
  handle: () => ({ body: { changes } }),
  change: ({ method, query, body }) => {
    if (body === 'no') return { status: 400, body: { error: 'no' } };
    changes.push({ method, of: query.get('of'), body });
    return { body: { changed: changes.length } };
  },
};

interface Sent {
  headers?: Record<string, string>;
  body?: string;
  path?: string;
}

async function post({ headers = { ...BEARER, ...JSON_TYPE }, body = '{}', path = '/valve' }: Sent = {}) {
  const answer = await fetch(`http://127.0.0.1:${serving.port}${path}`, { method: 'POST', headers, body });
  return { status: answer.status, text: await answer.text() };
}

describe('an admin endpoint that can be changed', () => {
  it('gets what is posted as JSON, by those who have the token, and each time leaves a record', async () => {
    expect(await post({ body: '{"open":true}', path: '/valve?of=left' })).toEqual({
      status: 200,
      text: '{"changed":1}',
    });
    expect(await post({ body: '"no"' })).toEqual({ status: 400, text: '{"error":"no"}' });
    expect(changes).toEqual([{ method: 'POST', of: 'left', body: { open: true } }]);
    expect(records).toEqual([
      { msg: 'POST /valve', path: '/valve', status: 200, by: 'token', peer: '127.0.0.1' },
      { msg: 'POST /valve', path: '/valve', status: 400, by: 'token', peer: '127.0.0.1' },
    ]);
  });

  it('is no different from any other path to those who have no token', async () => {
    for (const authorization of ['', 'Bearer wrong']) {
      const headers = { ...JSON_TYPE, ...(authorization && { authorization }) };
      expect(await post({ headers })).toEqual(await post({ headers, path: '/nothing' }));
      expect((await post({ headers })).status).toBe(405);
    }
    expect([changes, records]).toEqual([[], []]);
  });

  it.each([
    ['no JSON', { body: '{' }, 400],
    ['nothing', { body: '' }, 400],
    ['a form, as a page of another site could send it', { headers: { ...BEARER, 'content-type': 'text/plain' } }, 415],
    ['no type', { headers: { ...BEARER, 'content-type': '' } }, 415],
    ['a type like JSON', { headers: { ...BEARER, 'content-type': 'application/jsonp' } }, 415],
    ['an encoding', { headers: { ...BEARER, ...JSON_TYPE, 'content-encoding': 'gzip' } }, 415],
    ['too much', { body: `"${'x'.repeat(70_000)}"` }, 413],
  ])('refuses %s', async (_, sent: Sent, status) => {
    expect((await post(sent)).status).toBe(status);
    expect(changes).toEqual([]);
    expect(records).toEqual([expect.objectContaining({ status })]);
  });

  it('takes a type with its charset, and a client that asks first whether to go on', async () => {
    expect((await post({ headers: { ...BEARER, 'content-type': 'application/json; charset=utf-8' } })).status).toBe(
      200,
    );
    const head = [
      'POST /valve HTTP/1.1',
      'Host: a',
      `Authorization: Bearer ${TOKEN}`,
      'Content-Type: application/json',
    ];
    const { text } = await sendRaw(
      serving.port,
      [...head, 'Content-Length: 2', 'Expect: 100-continue', 'Connection: close', '', '{}'].join('\r\n'),
    );
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it('is a path where nothing can be changed when it has no way for that', async () => {
    expect((await post({ path: '/gauge' })).status).toBe(405);
    for (const path of ['/livez', '/metrics', '/']) expect((await post({ path })).status).toBe(405);
  });
});
