import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { createGzip, gunzipSync } from 'node:zlib';
import { Controller, Get, type INestApplication, Res, Sse } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { interval, map, NEVER, type Observable } from 'rxjs';
import { waitUntil } from '../../support/wait-until.js';
import { FRAMEWORKS, startWorld, type World } from './http-world.js';

const timers: NodeJS.Timeout[] = [];
/** What had not been sent yet, after each write. */
const written: number[] = [];

@Controller()
class EventsController {
  @Sse('events')
  events(): Observable<{ data: string }> {
    return interval(10).pipe(map((at) => ({ data: String(at) })));
  }

  @Sse('silent')
  silent(): Observable<{ data: string }> {
    return NEVER;
  }

  /** Writes on and on, whatever happens to its answer. */
  @Get('stubborn')
  stubborn(@Res() response: any): void {
    this.#write(response.raw ?? response, 'data: x\n\n');
  }

  @Get('flood')
  flood(@Res() response: any): void {
    const answer: ServerResponse = response.raw ?? response;
    this.#write(answer, `data: ${'x'.repeat(1_000_000)}\n\n`, answer.write.bind(answer));
  }

  /** @param send is what it writes by; a library may have taken it before. */
  #write(answer: ServerResponse, event: string, send = (text: string) => answer.write(text)): void {
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    const write = (): void => {
      send(event);
      written.push(answer.socket?.writableLength ?? 0);
    };
    timers.push(setInterval(write, 5));
  }
}

const controllers = [EventsController];
const sockets: Socket[] = [];
afterEach(() => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  for (const socket of sockets.splice(0)) socket.destroy();
  written.length = 0;
});

function dial({ port }: World, bytes: string): { socket: Socket; bytes: () => Buffer; ended: Promise<void> } {
  const parts: Buffer[] = [];
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  sockets.push(socket);
  socket.on('data', (part) => parts.push(part)).on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  return { socket, bytes: () => Buffer.concat(parts), ended };
}

const listen = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Request-Id: sse\r\n\r\n`;
const WHOLE = /\r\n0\r\n\r\n$/;

/** As compressing middleware does: what the handler writes goes through another stream. */
function through(make: () => Transform & { flush?: () => void }, encoding: string) {
  return (app: INestApplication): void => {
    app.use((_request: unknown, response: ServerResponse, next: () => void) => {
      const stream = make();
      const write = response.write.bind(response) as (chunk: unknown) => boolean;
      const end = response.end.bind(response) as () => ServerResponse;
      response.setHeader('content-encoding', encoding);
      stream.on('data', write).on('end', end);
      Object.assign(response, {
        write: (chunk: Buffer) => {
          stream.write(chunk);
          stream.flush?.();
          return true;
        },
        end: () => stream.end(),
      });
      next();
    });
  };
}

const compress = through(createGzip, 'gzip');
/** It is still at work when the answer has been ended. */
const slowly = through(
  () => new Transform({ transform: (chunk, _encoding, done) => void setTimeout(done, 20, null, chunk) }),
  'identity',
);

function afterHead(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n\r\n');
  return end === -1 ? Buffer.alloc(0) : bytes.subarray(end + 4);
}

/** The body of a chunked answer. */
function bodyOf(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = bytes.indexOf('\r\n\r\n') + 4;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

describe.each(FRAMEWORKS)('event streams at the drain on %s', (framework) => {
  it.each(['/events', '/silent'])('are ended whole: %s', async (path) => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, listen(path));
    await waitUntil(() => client.bytes().includes('text/event-stream'), { what: 'the head of the stream' });
    expect(await world.drain.finish(20_000)).toEqual([]);
    await client.ended;
    expect(client.bytes().toString()).toMatch(WHOLE);
    expect(await world.accessRecord('sse')).not.toHaveProperty('aborted');
  });

  it('are ended whole behind compression', async () => {
    const world = await startWorld(framework, { controllers, configure: compress });
    const client = dial(world, listen('/events'));
    await waitUntil(() => afterHead(client.bytes()).length > 200, { what: 'some events' });
    expect(await world.drain.finish(20_000)).toEqual([]);
    await client.ended;
    expect(client.bytes().toString('latin1')).toMatch(WHOLE);
    expect(gunzipSync(bodyOf(client.bytes())).toString()).toMatch(/id: 1\ndata: 0\n\n/);
  });

  it.each([
    ['plain', undefined],
    ['compressed', compress],
    ['through slow middleware', slowly],
  ])('are ended though their handler goes on writing, which harms nobody: %s', async (_how, configure) => {
    const world = await startWorld(framework, { controllers, ...(configure && { configure }) });
    const client = dial(world, listen('/stubborn'));
    await waitUntil(() => afterHead(client.bytes()).length > 0, { what: 'an event' });
    expect(await world.drain.finish(20_000)).toEqual([]);
    await client.ended;
    expect(client.bytes().toString('latin1')).toMatch(WHOLE);
    const before = written.length;
    await waitUntil(() => written.length > before + 3, { what: 'more that is written' });
  });

  it('that nobody reads are cut off after a grace, and are no cut', async () => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, listen('/flood'));
    client.socket.once('data', () => client.socket.pause());
    await waitUntil(() => (written.at(-1) ?? 0) > 20_000_000, { what: 'a full connection' });
    const began = performance.now();
    expect(await world.drain.finish(20_000)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await world.accessRecord('sse')).toMatchObject({ aborted: true });
  });

  it('that nobody reads are no cut either when there is no time left', async () => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, listen('/flood'));
    client.socket.once('data', () => client.socket.pause());
    await waitUntil(() => (written.at(-1) ?? 0) > 20_000_000, { what: 'a full connection' });
    expect(await world.drain.finish(100)).toEqual([]);
  });

  it('that begin after the end of the drain delay are ended too', async () => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, listen('/events').slice(0, -2));
    await world.untilConnected(1);
    const finished = world.drain.finish(20_000);
    // Not later: what is sent by half gets 500 ms, which a busy machine needs for itself.
    client.socket.write('\r\n');
    expect(await finished).toEqual([]);
    await client.ended;
    expect(client.bytes().toString()).toMatch(/^HTTP\/1\.1 200 [^]*text\/event-stream[^]*\r\n0\r\n\r\n$/);
  });
});
