import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SchemaMigrator } from '@eggybyte/database';
import { entity, type MariaDbWorld, mariaDbWorld } from './schema-world.js';

let world: MariaDbWorld;
beforeEach(async () => {
  world = await mariaDbWorld();
});
afterEach(() => world.close());

const hen = entity('hen', { name: { type: 'varchar' } });
const LOCK_NAME = `CONCAT('eggy:', LEFT(SHA2(DATABASE(), 256), 24))`;

async function logged(work: () => Promise<unknown>): Promise<string[]> {
  const told: string[] = [];
  const tell = (message: unknown): void => void told.push(String(message));
  Logger.overrideLogger({ log: tell, warn: tell, error: tell });
  await work().finally(() => Logger.overrideLogger(false));
  return told;
}

describe('the schema lock', () => {
  it('is waited for with a word of who has it', async () => {
    const holder = (await world.open()).createQueryRunner();
    const waiting = new SchemaMigrator(await world.open(hen), { lockTimeout: '2s' });
    await holder.query(`SELECT GET_LOCK(${LOCK_NAME}, 1)`);
    const [{ id } = { id: 0 }] = (await holder.query('SELECT CONNECTION_ID() AS id')) as { id: number }[];
    const told = await logged(() =>
      expect(waiting.migrate()).rejects.toMatchObject({
        code: 'EGGY_DATABASE_SCHEMA_LOCK',
        why: expect.stringContaining(`connection ${id} from 127.0.0.1`),
      }),
    );
    await holder.release();

    expect(told.join('\n')).toContain(`changing the schema (connection ${id} from 127.0.0.1`);
  });

  it('is not needed any more when another has done the work meanwhile', async () => {
    const holder = (await world.open()).createQueryRunner();
    await holder.query(`SELECT GET_LOCK(${LOCK_NAME}, 1)`);
    const waiting = new SchemaMigrator(await world.open(hen)).migrate();
    await world.migrateWith({ lock: 'none' }, hen);

    expect(await waiting).toMatchObject({ outcome: 'unchanged', createdTables: [] });
    await holder.release();
  });

  it('is a locked row on a server that has no GET_LOCK', async () => {
    await using server = await withoutGetLock(new URL(`http://${/\((.*?)\)/.exec(world.dsn)?.[1]}`));
    const dsn = world.dsn.replace(/\(.*?\)/, `(127.0.0.1:${server.port})`);
    const told = await logged(async () => {
      const both = await Promise.all(
        [1, 2].map(async () => new SchemaMigrator(await world.openAs(dsn, hen)).migrate()),
      );
      expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['applied', 'unchanged']);
    });

    expect(told.join('\n')).toContain('The server has no GET_LOCK');
    expect(await world.query('SELECT id FROM eggy_schema_lock')).toEqual([{ id: 1 }]);
  });

  it('as a row needs a second connection, and says so', async () => {
    const { openDatabase } = await import('@eggybyte/database');
    const dataSource = await openDatabase({ dsn: world.dsn, entities: [hen], maxOpenConns: 1 });

    await expect(new SchemaMigrator(dataSource, { lock: 'row' }).migrate()).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_LOCK',
      fix: expect.stringContaining('DATABASE_MAX_OPEN_CONNS'),
    });
    await dataSource.destroy();
  });
});

/** On the way to the server the function's name becomes one that it does not know. */
async function withoutGetLock({ hostname, port }: URL): Promise<AsyncDisposable & { port: number }> {
  const server: Server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on('data', (part) =>
      upstream.write(Buffer.from(part.toString('latin1').replace('GET_LOCK', 'NO__LOCK'), 'latin1')),
    );
    upstream.pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
