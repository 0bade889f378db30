import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { HeadLines, type HeadOwner } from './head-lines.js';

const LINES = new HeadLines([
  ['X-Egg', 'fresh'],
  ['X-Frame-Options', 'SAMEORIGIN'],
]);

/** The head that an answer gets, and what was told of it. */
function head(write: (response: ServerResponse) => void, endsConnection = false) {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 });
  const response = new ServerResponse(request);
  const told: unknown[] = [];
  const owner: HeadOwner = {
    requestId: 'r1',
    endsConnection,
    headWritten: (...given) => void told.push(...given),
  };
  LINES.addTo(response, owner);
  write(response);
  const text = (response as unknown as Record<string, string>)['_header'] ?? '';
  const all = text.split('\r\n').filter((line) => !/^(Date:|$)/.test(line));
  const isOfConnection = (line: string): boolean => /^(Connection|Keep-Alive):/i.test(line);
  return { lines: all.filter((line) => !isOfConnection(line)), ofConnection: all.filter(isOfConnection), told };
}

const ALL = ['X-Egg: fresh', 'X-Frame-Options: SAMEORIGIN', 'X-Request-Id: r1'];

describe('HeadLines', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['an object', (r) => r.writeHead(200, { 'content-type': 'text/plain', 'Content-Length': 5 })],
    ['a flat list', (r) => r.writeHead(200, ['Content-Type', 'text/plain', 'content-length', '5'])],
    [
      'a list of pairs',
      (r) =>
        r.writeHead(200, [
          ['Content-Type', 'text/plain'],
          ['content-length', '5'],
        ] as never),
    ],
    ['a reason and an object', (r) => r.writeHead(200, 'Well', { 'content-type': 'text/plain', 'content-length': 5 })],
    ['setHeader', (r) => void r.setHeader('Content-Type', 'text/plain').setHeader('Content-Length', 5).writeHead(200)],
    ['both', (r) => void r.setHeader('Content-Type', 'text/plain').writeHead(200, { 'Content-Length': 5 })],
    ['no writeHead', (r) => r.setHeader('Content-Type', 'text/plain').setHeader('Content-Length', 5).flushHeaders()],
  ])('stand in the head beside what is given by %s, and tell type and length', (_, write) => {
    const { lines, told } = head(write);
    expect(lines.slice(1, 4)).toEqual(ALL);
    expect(lines.slice(4).map((line) => line.toLowerCase())).toEqual(['content-type: text/plain', 'content-length: 5']);
    expect(told).toEqual(['text/plain', 5, false]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['setHeader', (r) => void r.setHeader('x-frame-options', 'DENY').writeHead(200)],
    ['an object', (r) => r.writeHead(200, { 'X-FRAME-OPTIONS': 'DENY' })],
    ['a flat list', (r) => r.writeHead(200, ['x-Frame-Options', 'DENY'])],
    ['a list of pairs', (r) => r.writeHead(200, [['X-Frame-Options', 'DENY']] as never)],
  ])('leave a header that was set by %s', (_, write) => {
    const { lines } = head(write);
    expect(lines.filter((line) => /x-frame-options/i.test(line))).toEqual([expect.stringMatching(/: DENY$/)]);
    expect(lines).toEqual(expect.arrayContaining(['X-Egg: fresh', 'X-Request-Id: r1']));
  });

  it('leave a request id that was set', () => {
    const { lines } = head((r) => r.writeHead(200, { 'x-request-id': 'own' }));
    expect(lines.filter((line) => /x-request-id/i.test(line))).toEqual(['x-request-id: own']);
  });

  it('are those of every answer, also without any header', () => {
    const { lines, told } = head((r) => r.writeHead(204));
    expect(lines).toEqual(['HTTP/1.1 204 No Content', ...ALL]);
    expect(told).toEqual([undefined, undefined, false]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['nothing', (r) => r.writeHead(200)],
    ['setHeader', (r) => void r.setHeader('Connection', 'keep-alive').setHeader('X-Own', 'Y').writeHead(200)],
    ['an object', (r) => r.writeHead(200, { connection: 'keep-alive', 'Keep-Alive': 'timeout=5', 'X-Own': 'Y' })],
    ['a flat list', (r) => r.writeHead(200, ['CONNECTION', 'keep-alive', 'X-Own', 'Y'])],
    [
      'a list of pairs',
      (r) =>
        r.writeHead(200, [
          ['Connection', 'keep-alive'],
          ['X-Own', 'Y'],
        ] as never),
    ],
    ['both', (r) => void r.setHeader('X-Own', 'Y').writeHead(200, { Connection: 'keep-alive' })],
    ['removeHeader', (r) => (r.removeHeader('connection'), r.setHeader('X-Own', 'Y').flushHeaders())],
  ])('say close where the connection ends, whatever was set by %s', (how, write) => {
    const { lines, ofConnection, told } = head(write, true);
    expect(ofConnection).toEqual(['Connection: close']);
    expect(lines.slice(1, -1)).toEqual(how === 'nothing' ? ALL : [...ALL, 'X-Own: Y']);
    expect(told[2]).toBe(true);
  });

  it('say close beside a file name that is not ASCII', () => {
    const write = (response: ServerResponse): void => {
      response.setHeader('Content-Length', 5).setHeader('Content-Disposition', 'attachment; filename="é.pdf"');
      response.writeHead(200);
    };
    expect(head(write, true)).toMatchObject({ lines: head(write).lines, ofConnection: ['Connection: close'] });
  });

  it('tell that a head said close by itself', () => {
    expect(head((r) => r.writeHead(200, { Connection: 'close' })).told[2]).toBe(true);
    expect(head((r) => r.writeHead(200, { Connection: 'keep-alive' })).told[2]).toBe(false);
  });

  it.each([
    ['a line break in a value', 'X-A', 'a\r\nX-B: c'],
    ['a blank in a name', 'X A', 'a'],
  ])('are refused with %s', (_, name, value) => {
    expect(() => new HeadLines([[name, value]])).toThrow(/Invalid character|valid HTTP token/);
  });
});
