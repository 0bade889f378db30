import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Param, Post, Sse, StreamableFile } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { NEVER, type Observable } from 'rxjs';
import { waitUntil } from '../../support/wait-until.js';
import { FRAMEWORKS, startWorld, type World } from './http-world.js';

/** More than what the system keeps of an answer that nobody reads. */
const LARGE = 20_000_000;
const handled: string[] = [];
const gates = new Map<string, PromiseWithResolvers<void>>();
const gate = (id: string): PromiseWithResolvers<void> => {
  let one = gates.get(id);
  if (!one) gates.set(id, (one = Promise.withResolvers()));
  return one;
};

@Controller()
class EggsController {
  /** Answers when it is told to. */
  @Get('wait/:id')
  async wait(@Param('id') id: string): Promise<string> {
    handled.push(id);
    await gate(id).promise;
    return `answer ${id}.`;
  }

  @Get('parts/:id')
  parts(@Param('id') id: string): StreamableFile {
    handled.push(id);
    async function* parts(): AsyncGenerator<Buffer> {
      yield Buffer.from(`begin ${id} `);
      await gate(id).promise;
      yield Buffer.from(`end ${id}.`);
    }
    return new StreamableFile(Readable.from(parts()));
  }

  @Post('eggs')
  async create(@Body() { eggs }: { eggs: string }): Promise<string> {
    await sleep(20);
    return `${eggs.length} eggs`;
  }

  @Get('large')
  large(): StreamableFile {
    return new StreamableFile(Buffer.alloc(LARGE, 'x'));
  }

  @Get('stream')
  stream(): StreamableFile {
    return new StreamableFile(Readable.from(Array.from({ length: 200 }, () => Buffer.alloc(100_000, 'x'))));
  }

  @Sse('silent')
  silent(): Observable<{ data: string }> {
    return NEVER;
  }
}

const controllers = [EggsController];
const sockets: Socket[] = [];
afterEach(() => {
  handled.length = 0;
  gates.clear();
  for (const socket of sockets.splice(0)) socket.destroy();
});

interface Connection {
  socket: Socket;
  text: () => string;
  ended: Promise<void>;
  errors: unknown[];
}

function dial({ port }: World, bytes = ''): Connection {
  const errors: unknown[] = [];
  let text = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  sockets.push(socket);
  socket
    .setEncoding('latin1')
    .on('data', (part: string) => (text += part))
    .on('error', (error) => errors.push(error));
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  return { socket, text: () => text, ended, errors };
}

/** Resolves when the client has stopped to read, after the first part of the answer. */
function stalled({ socket }: Connection): Promise<void> {
  return new Promise((resolve) => {
    socket.once('data', () => {
      socket.pause();
      resolve();
    });
  });
}

const get = (path: string, id = 'none'): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\n\r\n`;
const post = (length: number, more = ''): string =>
  `POST /eggs HTTP/1.1\r\nHost: a\r\nX-Request-Id: up\r\nContent-Type: application/json\r\n${more}Content-Length: ${length}\r\n\r\n`;
const BODY = JSON.stringify({ eggs: 'x'.repeat(1000) });

/** The `Connection` header and the body of each answer, in order. */
function answers(text: string): [connection: string, body: string][] {
  return text
    .split(/(?=HTTP\/1\.1 \d)/)
    .filter((answer) => answer !== '')
    .map((answer) => [
      /^connection: (.*)\r$/im.exec(answer)?.[1] ?? 'keep-alive',
      answer.slice(answer.indexOf('\r\n\r\n') + 4),
    ]);
}

describe.each(FRAMEWORKS)('pipelined requests on %s', (framework) => {
  it('are all answered, in order, when the drain begins behind them', async () => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, ['a', 'b', 'c'].map((id) => get(`/wait/${id}`)).join(''));
    await world.untilInflight(3);
    const finished = world.drain.finish(10_000);
    for (const id of ['c', 'b', 'a']) gate(id).resolve();
    expect(await finished).toEqual([]);
    await client.ended;
    expect(answers(client.text())).toEqual([
      ['keep-alive', 'answer a.'],
      ['keep-alive', 'answer b.'],
      ['close', 'answer c.'],
    ]);
    expect(client.errors).toEqual([]);
  });

  it('are all answered when they come during the drain, behind one that is not answered yet', async () => {
    const world = await startWorld(framework, { controllers });
    world.drain.beginDrain();
    const client = dial(world, get('/wait/a'));
    await world.untilInflight(1);
    client.socket.write(get('/wait/b'));
    await world.untilInflight(2);
    const finished = world.drain.finish(10_000);
    client.socket.write(get('/wait/c'));
    await world.untilInflight(3);
    for (const id of ['b', 'a', 'c']) gate(id).resolve();
    expect(await finished).toEqual([]);
    await client.ended;
    expect(answers(client.text())).toEqual([
      ['keep-alive', 'answer a.'],
      ['keep-alive', 'answer b.'],
      ['close', 'answer c.'],
    ]);
  });

  it('that come behind an answer with Connection: close are not processed', async () => {
    const world = await startWorld(framework, { controllers });
    world.drain.beginDrain();
    const client = dial(world, get('/parts/a'));
    await waitUntil(() => client.text().includes('begin a'), { what: 'the beginning of the answer' });
    client.socket.write(get('/wait/b', 'late') + get('/wait/c'));
    // Nothing tells when they have been read, so that another request stands for them.
    gate('d').resolve();
    await world.send('/wait/d');
    gate('a').resolve();
    await client.ended;
    expect(client.text()).toMatch(/^HTTP\/1\.1 200[^]*connection: close[^]*begin a[^]*end a\./i);
    expect(answers(client.text())).toHaveLength(1);
    expect(client.errors).toEqual([]);
    expect(handled).toEqual(['a', 'd']);
    expect(await world.drain.finish(1000)).toEqual([]);
    expect(world.accessRecords.map(({ request_id: id }) => id)).not.toContain('late');
  });

  it('of a client that goes on sending are answered up to Connection: close, and no answer is lost', async () => {
    const world = await startWorld(framework, { controllers });
    const clients = Array.from({ length: 5 }, () => dial(world));
    let sent = 0;
    const send = (client: Connection): void => {
      if (!client.socket.writable) return;
      const id = `n${sent++}`;
      gate(id).resolve();
      client.socket.write(get(`/wait/${id}`));
    };
    const sending = setInterval(() => clients.forEach(send), 1);
    for (const client of clients) client.socket.on('data', () => send(client));
    await waitUntil(() => handled.length > 200, { what: 'many requests' });
    // As in the drain delay: the connections end by themselves.
    world.drain.beginDrain();
    await Promise.all(clients.map(({ ended }) => ended));
    clearInterval(sending);
    expect(await world.drain.finish(10_000)).toEqual([]);
    const told = clients.flatMap(({ text }) => answers(text()));
    expect(told.every(([, body]) => /^answer n\d+\.$/.test(body))).toBe(true);
    expect(told.map(([, body]) => body.slice('answer '.length, -1)).toSorted()).toEqual(handled.toSorted());
    for (const { text } of clients) expect(answers(text()).at(-1)?.[0]).toBe('close');
  });
});

describe.each(FRAMEWORKS)('uploads at the drain on %s', (framework) => {
  it('are answered when their client goes on sending', async () => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, post(BODY.length) + BODY.slice(0, 10));
    await world.untilInflight(1);
    const finished = world.drain.finish(10_000);
    for (let at = 10; at < BODY.length; at += 200) {
      await sleep(20);
      client.socket.write(BODY.slice(at, at + 200));
    }
    expect(await finished).toEqual([]);
    await client.ended;
    expect(answers(client.text())).toEqual([['close', '1000 eggs']]);
  });

  it('are answered when they come in chunks', async () => {
    const world = await startWorld(framework, { controllers });
    const head = post(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
    const client = dial(world, `${head}5\r\n${BODY.slice(0, 5)}\r\n`);
    await world.untilInflight(1);
    const finished = world.drain.finish(10_000);
    client.socket.write(`${(BODY.length - 5).toString(16)}\r\n${BODY.slice(5)}\r\n0\r\n\r\n`);
    expect(await finished).toEqual([]);
    await client.ended;
    expect(answers(client.text())).toEqual([['close', '1000 eggs']]);
  });

  it('that stall are cut and counted by name', async () => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, post(BODY.length) + BODY.slice(0, 10));
    await world.untilInflight(1);
    expect(await world.drain.finish(700)).toEqual([
      expect.stringMatching(/^POST unmatched \(\d+ ms, request_id up\)$/),
    ]);
    await client.ended;
    expect(await world.accessRecord('up')).toMatchObject({ aborted: true });
  });

  it('that wait for 100 Continue get it, and their answer', async () => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, post(BODY.length, 'Expect: 100-continue\r\n').slice(0, -2));
    await world.untilConnected(1);
    const finished = world.drain.finish(10_000);
    client.socket.write('\r\n');
    await waitUntil(() => client.text().includes('100 Continue\r\n\r\n'), { what: '100 Continue' });
    client.socket.write(BODY);
    expect(await finished).toEqual([]);
    await client.ended;
    expect(client.text()).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 [^]*1000 eggs$/);
  });
});

describe.each(FRAMEWORKS)('downloads at the drain on %s', (framework) => {
  it.each(['/large', '/stream'])('are finished by a slow reader: %s', async (path) => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, get(path));
    await stalled(client);
    const finished = world.drain.finish(20_000);
    await sleep(600);
    client.socket.resume();
    expect(await finished).toEqual([]);
    await client.ended;
    expect(answers(client.text()).flatMap(([, body]) => body.match(/x/g) ?? [])).toHaveLength(LARGE);
    expect(client.errors).toEqual([]);
  });

  it.each(['/large', '/stream'])('that nobody reads are cut and counted: %s', async (path) => {
    const world = await startWorld(framework, { controllers });
    const client = dial(world, get(path, 'down'));
    await stalled(client);
    await world.untilInflight(1);
    expect(await world.drain.finish(700)).toEqual([
      expect.stringMatching(new RegExp(`^GET ${path} \\(\\d+ ms, request_id down\\)$`)),
    ]);
    expect(await world.accessRecord('down')).toMatchObject({ status: 200, aborted: true });
  });
});
