import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { keyPrefix, sharedMemcached } from '../../support/cache-server.js';
import { createDatabase } from '../../support/database.js';
import { parseServerDsn } from '../../support/dsn.js';
import { freePort } from '../../support/free-port.js';
import { startMariaDb } from '../../support/mariadb.js';
import { startMemcached } from '../../support/memcached.js';

const SLOW = 60_000;

describe('createDatabase', () => {
  it('gives each caller an empty database under a name of its own', async () => {
    await using one = await createDatabase('orders');
    await using two = await createDatabase('orders');
    await one.query('CREATE TABLE t (id INT PRIMARY KEY)');

    expect(await one.query('SHOW TABLES')).toHaveLength(1);
    expect(await two.query('SHOW TABLES')).toHaveLength(0);
  });

  it('tells both DSN forms, and both lead to the same server', async () => {
    await using database = await createDatabase('forms');

    expect(parseServerDsn(database.dsn)).toEqual(database.address);
    expect(parseServerDsn(database.url)).toEqual(database.address);
    expect(database.dsn).toContain(`/${database.name}?charset=utf8mb4&parseTime=True`);
  });
});

describe('startMariaDb', () => {
  it(
    'keeps its data over a crash and removes them in the end',
    async () => {
      await using server = await startMariaDb();
      const database = await createDatabase('crash', server.address);
      await database.query('CREATE TABLE t (id INT PRIMARY KEY)');
      await server.kill();
      await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

      await server.restart();

      expect(await database.query('SHOW TABLES')).toHaveLength(1);
    },
    SLOW,
  );

  it(
    'answers nothing while it is paused',
    async () => {
      await using server = await startMariaDb();
      const database = await createDatabase('pause', server.address);
      server.pause();
      let answered = false;
      const answer = database.query('SELECT 1 AS n').then((rows) => {
        answered = true;
        return rows;
      });

      await expect(helloFrom(server.address.port)).resolves.toBe('silent');
      expect(answered).toBe(false);

      server.resume();
      expect(await answer).toEqual([{ n: 1 }]);
    },
    SLOW,
  );
});

describe('startMemcached', () => {
  it('comes back empty on the same port', async () => {
    await using server = await startMemcached();
    expect(await ask(server.port, 'set k 0 0 1\r\nv\r\n')).toBe('STORED\r\n');
    await server.kill();
    await expect(ask(server.port, 'get k\r\n')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    await server.restart();

    expect(await ask(server.port, 'get k\r\n')).toBe('END\r\n');
  });

  it('is shared by all files, each with a prefix of its own', async () => {
    const port = Number(sharedMemcached().split(':')[1]);

    expect(keyPrefix('a')).not.toBe(keyPrefix('a'));
    expect(await ask(port, 'version\r\n')).toMatch(/^VERSION /);
  });
});

describe('freePort', () => {
  it('never gives the same port twice', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, freePort));

    expect(new Set(ports).size).toBe(50);
  });
});

/** What the server says within 200 ms of connecting, MySQL speaking first. */
async function helloFrom(port: number): Promise<'speaks' | 'silent'> {
  const socket = connect({ host: '127.0.0.1', port, timeout: 200 });
  try {
    return await Promise.race([
      once(socket, 'data').then(() => 'speaks' as const),
      once(socket, 'timeout').then(() => 'silent' as const),
    ]);
  } finally {
    socket.destroy();
  }
}

async function ask(port: number, command: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    socket.write(command);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString();
  } finally {
    socket.destroy();
  }
}
