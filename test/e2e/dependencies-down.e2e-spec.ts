import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase } from '../support/database.js';
import { startMariaDb, type TestMariaDb } from '../support/mariadb.js';
import { startMemcached, type TestMemcached } from '../support/memcached.js';
import { RunningTime } from '../support/running-time.js';
import { waitUntil } from '../support/wait-until.js';
import { startUsers, type UsersService } from './users-service.js';

const INTERVAL_MS = 1000;
const TIMEOUT_MS = 500;
/** What the promise allows from the outage to the first probe that fails. */
const PROMISED_MS = INTERVAL_MS + 2 * TIMEOUT_MS;
/** Between two looks of the test, and what the two processes need of a machine that others use as well. */
const SLACK_MS = 250;
/** A machine that stands still for a moment breaks no promise; one that is kept is kept in some round. */
const ROUNDS = 4;

let database: TestMariaDb;
let cache: TestMemcached;
let service: UsersService;
beforeAll(async () => {
  [database, cache] = await Promise.all([startMariaDb(), startMemcached()]);
  service = await startUsers({
    DATABASE_DSN: (await createDatabase('down', database.address)).dsn,
    CACHE_SERVERS: cache.address,
    HEALTH_CHECK_INTERVAL: `${INTERVAL_MS}ms`,
    HEALTH_CHECK_TIMEOUT: `${TIMEOUT_MS}ms`,
  });
}, 90_000);
afterAll(async () => {
  await Promise.all([database.stop(), cache.stop()]);
});

/** Until `path` answers with this status, and by a clock that a stall of the machine does not move. */
async function until(path: string, status: number): Promise<number> {
  using clock = new RunningTime();
  await waitUntil(async () => (await service.probe(path)).status === status, {
    what: `${status} from ${path}`,
    timeout: 20_000,
    interval: 10,
  });
  return clock.now();
}

describe('a service whose MariaDB is frozen', () => {
  it(`is taken out of its balancer within its interval and two timeouts, and comes back`, async () => {
    const tookMs: number[] = [];
    while (tookMs.length < ROUNDS && !tookMs.some((ms) => ms <= PROMISED_MS + SLACK_MS)) {
      await until('/readyz', 200);
      database.pause();
      tookMs.push(await until('/readyz', 503));
      // A restart would repair nothing.
      expect((await service.probe('/livez')).status).toBe(200);
      expect((await service.probe('/readyz?verbose')).text).toContain('[-]database failed: timeout\n');
      database.resume();
      await until('/readyz', 200);
    }
    expect(Math.min(...tookMs)).toBeLessThanOrEqual(PROMISED_MS + SLACK_MS);
  }, 90_000);
});

describe('a service whose memcached has died', () => {
  it('is degraded and stays in its balancer, and recovers', async () => {
    const readiness = new Set<number>();
    const over = new AbortController();
    const watched = (async () => {
      for (; !over.signal.aborted; await sleep(20)) readiness.add((await service.probe('/readyz')).status);
    })();
    await cache.kill();
    await waitUntil(async () => (await service.probe('/healthz')).text === 'degraded', {
      what: 'degraded',
      timeout: 20_000,
    });
    expect((await service.probe('/healthz?verbose')).text).toContain('[-]cache failed: ');
    expect((await service.request('GET', '/users')).status).toBe(200);
    await cache.restart();
    await waitUntil(async () => (await service.probe('/healthz')).text === 'ok', { what: 'ok', timeout: 20_000 });
    over.abort();
    await watched;
    expect([...readiness]).toEqual([200]);
  }, 60_000);
});
