import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DatabaseHealthChecker, databaseErrorStatus, openDatabase } from '@eggybyte/database';
import type { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { startMariaDb, type TestMariaDb } from '../../support/mariadb.js';

describe('DatabaseHealthChecker', () => {
  let server: TestMariaDb;
  let database: TestDatabase;
  let dataSource: DataSource;
  let health: DatabaseHealthChecker;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await startMariaDb();
    database = await createDatabase('health', server.address);
    dataSource = await openDatabase({ dsn: database.dsn, maxOpenConns: 2, connectTimeout: '500ms' });
    health = new DatabaseHealthChecker(dataSource);
  }, 30_000);
  afterAll(async () => {
    await dataSource.destroy();
    await server.stop();
  });

  const check = (timeoutMs = 300): Promise<void> => health.check(AbortSignal.timeout(timeoutMs));
  const connections = async (): Promise<number> => {
    const rows = await database.query('SELECT id FROM information_schema.processlist WHERE db = ?', [database.name]);
    return rows.length - 1;
  };

  it('passes while the server answers, and gives its connection back', async () => {
    for (let n = 0; n < 10; n++) await check();

    expect(await connections()).toBe(1);
  });

  it('tells a pool that is saturated from a server that is down, and takes one place in its queue', async () => {
    const busy = [1, 2].map(() => dataSource.query('SELECT SLEEP(6)'));
    for (let n = 0; n < 3; n++) await expect(check(1000)).rejects.toMatchObject({ code: 'EGGY_DATABASE_SATURATED' });
    await Promise.all(busy);

    await check();
  });

  it('passes by the traffic alone, while that works', async () => {
    await check(2000);
    const runners = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
    for (const runner of runners) await runner.query('SELECT 1');

    await check(2000);
    // Nothing has worked since, and no connection is free.
    await expect(check(1000)).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SATURATED',
      why: expect.stringContaining('of at most 2 connections 2 are in use'),
    });
    for (const runner of runners) await runner.release();
    await check(2000);
  });

  it('tells of no saturation when requests hold every connection of a server that does not answer', async () => {
    // What has worked since the check before lets one pass.
    await check();
    server.pause();
    // The signal takes a moment, in which a fast server still answers.
    await sleep(50);
    const held = [1, 2].map((n) => dataSource.query(`SELECT ${n}`));
    await sleep(50);
    const failures = [await check(200).catch(String), await check(200).catch(String)];
    server.resume();
    // Where the machine stands still for longer, the deadline of the connection that asks the server is over too.
    for (const failure of failures) expect(failure).toMatch(/TimeoutError|connect ETIMEDOUT/);

    await Promise.all(held);
    await check(2000);
  });

  it('fails at its deadline while the server is frozen, without piling anything up, and passes when it thaws', async () => {
    await check();
    server.pause();
    await sleep(50);
    for (let n = 0; n < 6; n++) {
      const signal = AbortSignal.timeout(100);
      const checked = health.check(signal).then(
        () => 'passed',
        (error: Error) => error.name,
      );
      // In turns of this process and not by the clock, which a busy machine lets run on.
      const late = once(signal, 'abort').then(() => nextTurn('still waiting'));
      expect(await Promise.race([checked, late])).not.toMatch(/passed|waiting|Saturated/);
    }
    server.resume();
    // One attempt to connect may still run into its own deadline.
    await check(2000).catch(() => check(2000));

    expect(await connections()).toBeLessThanOrEqual(2);
  });

  it('fails with the reason while the server is down, and passes again after it', async () => {
    await server.kill();
    const errors: unknown[] = [];
    for (let n = 0; n < 3; n++) await check().catch((error: unknown) => errors.push(error));
    await server.restart();

    expect(errors.at(-1)).toMatchObject({ code: 'EGGY_DATABASE_CONNECTION', why: 'ECONNREFUSED' });
    expect(databaseErrorStatus(errors.at(-1))).toMatchObject({ status: 503 });
    await check();
  }, 30_000);
});
