import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.js';
import { waitUntil } from '../../support/wait-until.js';

describe('startFaultProxy', () => {
  let echo: Server;
  let proxy: FaultProxy;
  let chunksSeen: string[];

  beforeEach(async () => {
    chunksSeen = [];
    echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        chunksSeen.push(chunk.toString());
        socket.write(chunk);
      });
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await startFaultProxy({ target: { port: (echo.address() as AddressInfo).port } });
  });

  afterEach(async () => {
    await proxy.stop();
    echo.close();
  });

  it('passes bytes both ways', async () => {
    const client = await open(proxy.port);

    client.write('hello');

    expect(await read(client, 5)).toBe('hello');
    expect(proxy.connections).toBe(1);
  });

  it('holds bytes back while frozen and passes them after healing', async () => {
    const client = await open(proxy.port);
    proxy.freeze();
    client.write('hello');
    await sleep(50);
    expect(chunksSeen).toEqual([]);

    await proxy.heal();

    expect(await read(client, 5)).toBe('hello');
  });

  it('delays each chunk in both directions', async () => {
    const client = await open(proxy.port);
    proxy.delay(50);
    const start = performance.now();

    client.write('hello');
    await read(client, 5);

    expect(performance.now() - start).toBeGreaterThanOrEqual(98);
  });

  it('sends every byte as a packet of its own', async () => {
    const client = await open(proxy.port);
    proxy.byteByByte();

    client.write('hello');

    expect(await read(client, 5)).toBe('hello');
    expect(chunksSeen.length).toBeGreaterThan(1);
  });

  it('answers garbage in place of the server', async () => {
    const client = await open(proxy.port);
    proxy.garbage('\0garbage');

    client.write('hello');

    expect(await read(client, 8)).toBe('\0garbage');
  });

  it('resets connections and refuses new ones when cut, until it is healed', async () => {
    const client = await open(proxy.port);
    const lost = closed(client);
    await proxy.cut();
    await lost;
    await expect(open(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    await proxy.heal();

    const again = await open(proxy.port);
    again.write('hello');
    expect(await read(again, 5)).toBe('hello');
  });

  it('resets the open connections only and serves new ones', async () => {
    const client = await open(proxy.port);
    const lost = closed(client);
    proxy.reset();
    await lost;

    const again = await open(proxy.port);

    again.write('hello');
    expect(await read(again, 5)).toBe('hello');
    await waitUntil(() => proxy.connections === 1, { what: 'the reset connection to be forgotten' });
  });

  it('passes a half-closed connection on', async () => {
    const client = await open(proxy.port);

    client.end('hello');

    expect(await read(client, 5)).toBe('hello');
    await waitUntil(() => proxy.connections === 0, { what: 'the connection to end' });
  });
});

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

async function read(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString();
  }
  return text;
}

/** Unlike `once`, it takes the reset that comes before for what it is. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}
