import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { startMemcached } from '../../support/memcached.js';
import { startFaultProxy } from '../../support/fault-proxy.js';
import { openMemcached, timed } from './open-memcached.js';
import { startScriptedServer } from './scripted-server.js';

describe('MemcachedDriver against a server that breaks the protocol', () => {
  beforeEach(() => {
    for (const level of ['log', 'warn'] as const) jest.spyOn(Logger.prototype, level).mockReturnValue(undefined);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a reply that is cut in its middle reaches nobody, not even its rest', async () => {
    const secret = 'ALICE-SECRET'.repeat(100);
    let cut = true;
    await using server = await startScriptedServer((commands, socket) => {
      if (commands.includes('alice') && cut) {
        cut = false;
        socket.write(`VALUE alice 4 ${secret.length}\r\n${secret.slice(0, 500)}`, () => socket.destroy());
      } else {
        socket.write('END\r\n'.repeat(commands.split('\r\n').length - 1));
      }
    });
    await using driver = await openMemcached([server.address]);
    expect(await timed(driver.get('alice'))).toMatchObject({ reason: 'down' });
    await driver.whenUp();
    expect(await driver.get('bob')).toBeUndefined();
    expect(await Promise.all(['a', 'b', 'c'].map((key) => driver.get(key)))).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['the value of another key', 'VALUE victim 4 6\r\nHACKED\r\nEND\r\n'],
    ['a value and then another', 'VALUE a 4 1\r\nx\r\nVALUE b 4 1\r\ny\r\nEND\r\n'],
    ['the value twice', 'VALUE a 4 1\r\nx\r\nVALUE a 4 1\r\ny\r\nEND\r\n'],
    ['the answer of another command', 'STORED\r\n'],
    ['a name that every object has', 'constructor\r\n'],
    ['an error', 'ERROR\r\n'],
    ['an error of the client', 'CLIENT_ERROR bad command line format\r\n'],
    ['a length that lies', 'VALUE a 4 1\r\nxyz\r\nEND\r\n'],
    ['garbage', '\u0000\u0001\u0002\n\n'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ['an endless line', 'x'.repeat(10_000)],
  ])('%s ends the connection and is no value', async (_, answer) => {
    await using server = await startScriptedServer((_commands, socket) => void socket.write(answer));
    await using driver = await openMemcached([server.address]);
    const results = await Promise.all([timed(driver.get('a')), timed(driver.getMulti(['a', 'c']))]);
    for (const { reason, ms } of results) {
      expect(reason).toBe('protocol');
      expect(ms).toBeLessThan(2000);
    }
    await driver.whenUp();
    expect(server.connections).toBeGreaterThan(1);
  });

  it.each(['constructor', '__proto__', 'toString', 'END', '12'])(
    'the line %j is no answer to set or delete',
    async (line) => {
      await using server = await startScriptedServer((_commands, socket) => void socket.write(`${line}\r\n`));
      await using driver = await openMemcached([server.address]);
      expect(await timed(driver.delete('a'))).toMatchObject({ reason: 'protocol' });
      await driver.whenUp();
      expect(await timed(driver.set('a', Buffer.from('x')))).toMatchObject({ reason: 'protocol' });
    },
  );

  it('an error of the server ends the operation and not the connection', async () => {
    await using server = await startScriptedServer((commands, socket) => {
      socket.write(commands.startsWith('set') ? 'SERVER_ERROR out of memory storing object\r\n' : 'END\r\n');
    });
    await using driver = await openMemcached([server.address]);
    expect(await timed(driver.set('a', Buffer.from('x')))).toMatchObject({ reason: 'refused' });
    expect(await driver.get('a')).toBeUndefined();
    expect(server.connections).toBe(1);
  });

  it('what nobody asked for ends the connection, and the process lives', async () => {
    await using server = await startScriptedServer((_commands, socket) => void socket.write('END\r\n'));
    await using driver = await openMemcached([server.address]);
    server.say('ERROR Too many open connections\r\n');
    await sleep(50);
    await driver.whenUp();
    expect(await driver.get('a')).toBeUndefined();
    expect(server.connections).toBe(2);
  });

  it('a server that shakes hands and then never answers is asked less and less often', async () => {
    await using server = await startScriptedServer(() => undefined);
    await using driver = await openMemcached([server.address], { timeout: '20ms', longestBackoff: '5s' });
    const until = performance.now() + 1500;
    while (performance.now() < until) {
      await timed(driver.get('a'));
      await sleep(5);
    }
    expect(server.connections).toBeLessThan(10);
  });

  it.each(['garbage\r\n', '\u0000', 'END\r\n', 'STORED\r\n', 'VALUE a 0 5\r\nENDED\r\nEND\r\n'])(
    '%j in the place of all answers is never a value, and is healed',
    async (garbage) => {
      await using server = await startMemcached();
      await using proxy = await startFaultProxy({ target: server });
      await using driver = await openMemcached([proxy.address]);
      await driver.set('b', Buffer.from('b'));
      proxy.garbage(garbage);
      for (let round = 0; round < 20; round++) {
        const { value } = await timed(driver.get('b'));
        expect(value).toBeUndefined();
        await sleep(10);
      }
      await proxy.heal();
      await driver.whenUp();
      expect((await driver.get('b'))?.toString()).toBe('b');
    },
  );
});
