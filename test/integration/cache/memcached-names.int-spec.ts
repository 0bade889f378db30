import dns from 'node:dns';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { openMemcached, startServers } from './open-memcached.js';

const NAME = 'cache.eggybyte.test';

/** Another address of this machine at the same port, with another server behind it. */
async function standBehind(host: string, port: number, target: number) {
  const server = createServer((socket) => {
    const onward = connect(target, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on('error', () => undefined);
  }).listen(port, host);
  await once(server, 'listening');
  return { [Symbol.dispose]: () => void server.close() };
}

beforeEach(() => {
  for (const level of ['log', 'warn'] as const) jest.spyOn(Logger.prototype, level).mockReturnValue(undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('a memcached server that is known by its name', () => {
  let address = '127.0.0.1';
  beforeEach(() => {
    const { lookup } = dns;
    const resolve = (name: string, options: object, told: (...found: unknown[]) => void): void => {
      if (name === NAME) told(null, [{ address, family: 4 }]);
      else lookup(name, options, told);
    };
    jest.spyOn(dns, 'lookup').mockImplementation(resolve as never);
  });
  it('is found where the name leads when it has moved', async () => {
    await using servers = await startServers(2);
    const [before, after] = servers as unknown as [(typeof servers)[0], (typeof servers)[0]];
    using _ = await standBehind('127.0.0.2', before.port, after.port);
    await using driver = await openMemcached([`${NAME}:${before.port}`]);
    await driver.set('a', Buffer.from('before'));
    address = '127.0.0.2';
    expect(await driver.get('a')).toEqual(Buffer.from('before'));

    await before.kill();
    await driver.whenUp();
    await driver.set('a', Buffer.from('after'));
    expect(await after.ask('get a\r\n')).toContain('after');
  });
});

const reason = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
  ? undefined
  : 'this machine has no IPv6';

(reason ? describe.skip : describe)(`memcached at an IPv6 address${reason ? `, left out: ${reason}` : ''}`, () => {
  it('is reached by the address in brackets', async () => {
    await using servers = await startServers(1);
    const [{ port }] = servers as unknown as [(typeof servers)[0]];
    using _ = await standBehind('::1', port, port);
    await using driver = await openMemcached([`[::1]:${port}`]);
    await driver.set('a', Buffer.from('x'));

    expect(await driver.get('a')).toEqual(Buffer.from('x'));
    expect(driver.endpoints).toEqual([`[::1]:${port}`]);
  });
});
