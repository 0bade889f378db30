import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Res, Sse, StreamableFile } from '@nestjs/common';
import { EggyLifecycleModule, Launcher } from '@eggybyte/lifecycle';
import { describe, expect, it } from '@jest/globals';
import { from, interval, map, type Observable } from 'rxjs';
import { waitUntil } from '../../support/wait-until.js';
import { FRAMEWORKS, keepAlive, startWorld } from './http-world.js';

@Controller()
class SlowController {
  @Get('slow')
  async slow(): Promise<string> {
    await sleep(200);
    return 'done';
  }

  /** Takes longer than the grace for half-sent requests. */
  @Get('long')
  async long(): Promise<string> {
    await sleep(900);
    return 'done';
  }

  @Get('hang')
  async hang(): Promise<string> {
    await sleep(60_000, undefined, { ref: false });
    return 'never';
  }

  @Get('begun')
  begun(): StreamableFile {
    async function* parts(): AsyncGenerator<Buffer> {
      yield Buffer.from('the beginning and ');
      await sleep(200);
      yield Buffer.from('the rest');
    }
    return new StreamableFile(Readable.from(parts()));
  }

  @Get('quick')
  quick(): string {
    return 'quick';
  }

  /** As a proxy does, which passes on what it was answered. */
  @Get('proxied')
  proxied(@Res() response: any): void {
    response.hijack?.();
    (response.raw ?? response).writeHead(200, { Connection: 'keep-alive', 'Content-Length': 2 }).end('ok');
  }

  @Get('set')
  set(@Res() response: any): void {
    (response.header ?? response.set).call(response, 'Connection', 'keep-alive');
    response.send('ok');
  }

  @Sse('brief')
  brief(): Observable<{ data: string }> {
    return from([{ data: 'all' }]);
  }

  @Sse('upcoming')
  upcoming(): Observable<{ data: string }> {
    return from(sleep(200, { data: 'all' }));
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    return interval(10).pipe(map((at) => ({ data: String(at) })));
  }
}

const controllers = [SlowController];

/** A connection, with all that came and whether it is over. */
function open(
  port: number,
  bytes: string,
  host = '127.0.0.1',
): { socket: Socket; text: () => string; ended: Promise<void> } {
  let text = '';
  const socket = connect(port, host, () => socket.write(bytes));
  socket
    .setEncoding('utf8')
    .on('data', (part: string) => (text += part))
    .on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  return { socket, text: () => text, ended };
}

describe.each(FRAMEWORKS)('draining on %s', (framework) => {
  it('lets a request in flight finish and refuses new connections', async () => {
    const world = await startWorld(framework, { controllers });
    const answer = world.send('/slow', { agent: keepAlive() });
    await world.untilInflight(1);
    const finished = world.drain.finish(5000);
    await expect(world.send('/quick')).rejects.toThrow(/ECONNREFUSED/);
    expect(await answer).toMatchObject({ status: 200, text: 'done', headers: { connection: 'close' } });
    expect(await finished).toEqual([]);
    expect(world.drain.inflight).toBe(0);
  });

  it('goes on serving after it began, and tells every client to go elsewhere', async () => {
    const world = await startWorld(framework, { controllers });
    const agent = keepAlive();
    expect((await world.send('/quick', { agent })).headers.connection).toBe('keep-alive');
    world.drain.beginDrain();
    expect((await world.send('/quick', { agent })).headers.connection).toBe('close');
    expect((await world.send('/nowhere', { agent: keepAlive() })).headers.connection).toBe('close');
    expect((await world.send('/quick', { agent: keepAlive() })).text).toBe('quick');
  });

  it.each(['/proxied', '/set', '/brief'])('tells it also where a handler sets keep-alive: %s', async (path) => {
    const world = await startWorld(framework, { controllers });
    const agent = keepAlive();
    world.drain.beginDrain();
    expect(await world.send(path, { agent })).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(await world.send('/quick', { agent })).toMatchObject({ text: 'quick', headers: { connection: 'close' } });
  });

  it('answers what comes behind an answer that began before, and was to keep the connection', async () => {
    const world = await startWorld(framework, { controllers });
    const client = open(world.port, 'GET /upcoming HTTP/1.1\r\nHost: a\r\n\r\n');
    await waitUntil(() => client.text().includes('\r\n\r\n'), { what: 'the head of the answer' });
    world.drain.beginDrain();
    await waitUntil(() => client.text().endsWith('\r\n0\r\n\r\n'), { what: 'the end of the answer' });
    client.socket.write('GET /quick HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.ended;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200[^]*connection: keep-alive[^]*HTTP\/1\.1 200[^]*connection: close/i);
    expect(client.text()).toMatch(/quick$/);
  });

  it('closes idle connections without waiting for the others', async () => {
    const world = await startWorld(framework, { controllers });
    const idle = open(world.port, 'GET /quick HTTP/1.1\r\nHost: a\r\n\r\n');
    await waitUntil(() => idle.text().includes('quick'), { what: 'the answer' });
    open(world.port, 'GET /hang HTTP/1.1\r\nHost: a\r\n\r\n');
    await world.untilInflight(1);
    const finished = world.drain.finish(1000);
    await idle.ended;
    expect(world.drain.inflight).toBe(1);
    expect(await finished).toEqual([expect.stringMatching(/^GET \/hang \(\d+ ms, request_id /)]);
  });

  it('closes a connection that never sent anything', async () => {
    const world = await startWorld(framework, { controllers });
    const silent = open(world.port, '');
    await world.untilConnected(1);
    expect(await world.drain.finish(4000)).toEqual([]);
    await silent.ended;
  });

  it('closes a connection that turns idle without waiting for the others', async () => {
    const world = await startWorld(framework, { controllers });
    const begun = open(world.port, 'GET /begun HTTP/1.1\r\nHost: a\r\n\r\n');
    open(world.port, 'GET /hang HTTP/1.1\r\nHost: a\r\n\r\n');
    await waitUntil(() => begun.text().includes('HTTP/1.1 200'), { what: 'the head of the answer' });
    await world.untilInflight(2);
    let isFinished = false;
    const finished = world.drain.finish(2000).finally(() => (isFinished = true));
    await begun.ended;
    expect(begun.text()).toMatch(/keep-alive[^]*the rest/i);
    expect(isFinished).toBe(false);
    expect(await finished).toEqual([expect.stringMatching(/^GET \/hang \(\d+ ms, request_id /)]);
  });

  it('cuts what hangs and counts it', async () => {
    const world = await startWorld(framework, { controllers });
    const hanging = [
      open(world.port, 'GET /hang HTTP/1.1\r\nHost: a\r\nX-Request-Id: h1\r\n\r\n'),
      open(world.port, 'GET /hang HTTP/1.1\r\nHost: a\r\n\r\n'),
    ];
    await world.untilInflight(2);
    const cut = await world.drain.finish(150);
    expect(cut).toHaveLength(2);
    expect(cut).toContainEqual(expect.stringMatching(/^GET \/hang \(\d+ ms, request_id h1\)$/));
    await Promise.all(hanging.map(({ ended }) => ended));
    expect(await world.accessRecord('h1')).toMatchObject({ aborted: true, route: '/hang' });
    expect(world.drain.inflight).toBe(0);
  });

  it('gives a half-sent request a short grace, and a completed one its answer', async () => {
    const world = await startWorld(framework, { controllers });
    const never = open(world.port, 'GET /quick HTTP/1.1\r\nHost: a\r\nX-Ha');
    const late = open(world.port, 'GET /long HTTP/1.1\r\nHost: a\r\n');
    await world.untilConnected(2);
    const finished = world.drain.finish(20_000);
    // Not later: it gets 500 ms, which a busy machine needs for itself.
    late.socket.write('\r\n');
    expect(await finished).toEqual([]);
    await Promise.all([never.ended, late.ended]);
    expect(late.text()).toMatch(/^HTTP\/1.1 200[^]*connection: close[^]*done/i);
    expect(never.text()).not.toContain('200 OK');
  });

  it('ends event streams politely, not as a cut', async () => {
    const world = await startWorld(framework, { controllers });
    const stream = open(world.port, 'GET /events HTTP/1.1\r\nHost: a\r\nX-Request-Id: sse\r\n\r\n');
    await waitUntil(() => stream.text().includes('data: 1'), { what: 'an event' });
    expect(await world.drain.finish(3000)).toEqual([]);
    await stream.ended;
    expect(stream.text()).toMatch(/\r\n0\r\n\r\n$/);
    expect(await world.accessRecord('sse')).not.toHaveProperty('aborted');
  });

  it('works for an application that never listened, and twice', async () => {
    const world = await startWorld(framework, { controllers });
    expect(await world.drain.finish(1000)).toEqual([]);
    expect(await world.drain.finish(1000)).toEqual([]);
  });

  it('is done by the launcher when the application closes', async () => {
    const launcher = new Launcher();
    const world = await startWorld(framework, { controllers, imports: [EggyLifecycleModule.forRoot({ launcher })] });
    const answer = world.send('/slow', { agent: keepAlive() });
    await world.untilInflight(1);
    await world.app.close();
    expect(await answer).toMatchObject({ status: 200, text: 'done', headers: { connection: 'close' } });
    expect(launcher.failures).toEqual([]);
  });

  it('reaches all addresses of localhost', async () => {
    const world = await startWorld(framework, { controllers, host: 'localhost' });
    const addresses = await lookup('localhost', { all: true });
    const answers = addresses.map(({ address }) => open(world.port, 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n', address));
    const bound = framework === 'fastify' ? addresses.length : 1;
    await world.untilInflight(bound);
    expect(await world.drain.finish(4000)).toEqual([]);
    await Promise.all(answers.map(({ ended }) => ended));
    expect(answers.filter(({ text }) => text().includes('done'))).toHaveLength(bound);
  });
});
