import type { IncomingMessage } from 'node:http';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AdminAccess } from './admin-access.js';

const TOKEN = 'correct-horse-battery';

interface Asked {
  peer?: string;
  headers?: Record<string, string | string[]>;
}

/** A request as node:http hands it out. */
function request({ peer = '203.0.113.7', headers = {} }: Asked): IncomingMessage {
  const entries = Object.entries({ host: 'shop:9090', ...headers });
  const distinct = Object.fromEntries(entries.map(([name, value]) => [name, [value].flat()]));
  const first = Object.fromEntries(Object.entries(distinct).map(([name, [value]]) => [name, value]));
  return { headers: first, headersDistinct: distinct, socket: { remoteAddress: peer } } as unknown as IncomingMessage;
}

const bearing = (authorization: string | string[]): IncomingMessage => request({ headers: { authorization } });
const here = (headers: Asked['headers'] = {}, peer = '127.0.0.1'): IncomingMessage =>
  request({ peer, headers: { host: 'localhost:9090', ...headers } });

const allows = (access: AdminAccess, asked: IncomingMessage): boolean => access.rightOf(asked) !== undefined;

beforeAll(() => Logger.overrideLogger(false));

describe('AdminAccess by token', () => {
  const access = new AdminAccess({ token: () => TOKEN, relaxed: false });

  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER ${TOKEN}`, `Bearer  ${TOKEN}`])('takes %p', (header) => {
    expect(allows(access, bearing(header))).toBe(true);
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    TOKEN,
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN.slice(0, -1)}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.toUpperCase()}`,
    `Bearer ${TOKEN} more`,
    `XBearer ${TOKEN}`,
    `Bearer\t${TOKEN}`,
  ])('refuses %p', (header) => {
    expect(allows(access, bearing(header))).toBe(false);
  });

  it('refuses two Authorization headers, even when both are right', () => {
    expect(allows(access, bearing([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]))).toBe(false);
  });

  it('refuses a request without any, also at this machine', () => {
    expect(allows(access, request({}))).toBe(false);
    expect(allows(access, here())).toBe(false);
  });

  it.each([undefined, ''])('lets nobody in while the token is %p', (token) => {
    const closed = new AdminAccess({ token: () => token, relaxed: false });
    for (const header of ['', 'Bearer', 'Bearer ', 'Bearer undefined']) {
      expect(allows(closed, bearing(header))).toBe(false);
    }
  });

  it('knows a rotated token at once, and the old one no more', () => {
    let token = 'old';
    const rotated = new AdminAccess({ token: () => token, relaxed: false });
    expect(allows(rotated, bearing('Bearer old'))).toBe(true);
    token = 'new';
    expect([allows(rotated, bearing('Bearer old')), allows(rotated, bearing('Bearer new'))]).toEqual([false, true]);
  });

  it('lets nobody in while the token cannot be read, and tells that once', () => {
    const told: unknown[] = [];
    Logger.overrideLogger({
      log: () => undefined,
      warn: () => undefined,
      error: (text: unknown) => void told.push(text),
    });
    const token = (): never => {
      throw new Error('no file');
    };
    const unreadable = new AdminAccess({ token, relaxed: false });
    expect([allows(unreadable, bearing('Bearer x')), allows(unreadable, bearing('Bearer '))]).toEqual([false, false]);
    expect(told).toEqual([{ msg: 'the admin token cannot be read: no file' }]);
    Logger.overrideLogger(false);
  });
});

describe('AdminAccess, relaxed', () => {
  const access = new AdminAccess({ token: () => TOKEN, relaxed: true });

  it.each(['localhost', 'localhost:9090', 'LocalHost:1', '127.0.0.1', '127.0.0.1:65535', '[::1]', '[::1]:9090'])(
    'needs no token at this machine, by the name %s',
    (host) => {
      for (const peer of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) {
        expect(allows(access, here({ host }, peer))).toBe(true);
      }
    },
  );

  it.each([
    '',
    'shop',
    'evil.example',
    'localhost.evil.example',
    'evil.example:localhost',
    'localhost@evil.example',
    'localhost,evil.example',
    'localhost:9090:80',
    'localhost:',
    'localhost:x',
    'localhost.',
    ' localhost',
    '127.0.0.1.nip.io',
    '127.0.0.2',
    '0.0.0.0',
    '127.1',
    '2130706433',
    '::1',
    '[::1',
    '[::ffff:127.0.0.1]',
  ])('needs one when the Host is %p', (host) => {
    expect(allows(access, here({ host }))).toBe(false);
  });

  it.each(['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '::2', '1127.0.0.1', ''])('needs one from the peer %p', (peer) => {
    expect(allows(access, here({}, peer))).toBe(false);
  });

  it.each([
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded',
    'x-real-ip',
    'via',
    'x-original-url',
    'x-client-ip',
    'x-envoy-external-address',
    'true-client-ip',
    'cf-connecting-ip',
  ])('needs one when there is %s, whatever it says', (name) => {
    expect(allows(access, here({ [name]: '127.0.0.1' }))).toBe(false);
    expect(allows(access, here({ [name]: '' }))).toBe(false);
  });

  it.each([
    { origin: 'http://localhost:9090' },
    { origin: 'http://LOCALHOST:9090' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ])('needs none with %p', (headers) => {
    expect(allows(access, here(headers))).toBe(true);
  });

  it.each<Record<string, string>>([
    { origin: 'null' },
    { origin: 'https://localhost:9090' },
    { origin: 'http://localhost:3000' },
    { origin: 'http://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': '' },
  ])('needs one with %p', (headers) => {
    expect(allows(access, here(headers))).toBe(false);
  });

  it('takes a token from anywhere, by any name', () => {
    const headers = { host: 'shop', via: '1.1 proxy', authorization: `Bearer ${TOKEN}` };
    expect(allows(access, request({ headers }))).toBe(true);
  });
});
