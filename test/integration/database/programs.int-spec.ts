import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { startMariaDb, type TestMariaDb } from '../../support/mariadb.js';
import { runNode } from '../../support/run-node.js';
import { databaseName } from '../../support/shared-flavour.js';

const program = (name: string): string => join(import.meta.dirname, 'programs', name);

describe('points in time', () => {
  let server: TestMariaDb;
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eggy-time-'));
    server = await startMariaDb();
    database = await createDatabase('time', server.address);
    await database.query(`SET GLOBAL time_zone = '+05:00'`);
  }, 30_000);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const dsnOf = (kind: string): string => (kind === 'SQLite' ? `sqlite:${join(folder, 'time.db')}` : database.dsn);

  it.each([
    ['America/New_York', 1, databaseName],
    ['Asia/Shanghai', 13, databaseName],
    ['UTC', 5, databaseName],
    ['America/New_York', 1, 'SQLite'],
  ] as const)(
    'come back as they went in for a process in %s, whatever the zone of the server',
    async (TZ, hour, kind) => {
      const child = runNode(program('time.mjs'), { env: { TZ, DSN: dsnOf(kind) } });

      expect(await child.waitForLog('read')).toEqual({
        msg: 'read',
        hour,
        at: ['2026-11-01T05:30:00.123Z', '2026-11-01T06:30:00.123Z'],
        days: ['2026-07-04', '2026-07-04'],
        createdNow: true,
        byInstant: 1,
      });
    },
  );
});

describe('the package', () => {
  it('loads TypeORM and the driver only when the module is used, and SQLite only when it is', async () => {
    const child = runNode(program('light-index.mjs'));

    expect(await child.waitForLog('loaded')).toEqual({
      msg: 'loaded',
      atImport: [],
      atRoot: ['/node_modules/@nestjs/typeorm/', '/node_modules/typeorm/'],
      declared: [false, false, true],
    });
  });

  it('opens the embedded database without a word on stderr, and keeps no other warning back', async () => {
    const child = runNode(program('embedded.mjs'));

    expect(await child.waitForLog('row')).toMatchObject({ one: 1 });
    await child.exited;
    expect(child.stderr).toContain('still told');
    expect(child.stderr).not.toContain('SQLite');
  });
});
