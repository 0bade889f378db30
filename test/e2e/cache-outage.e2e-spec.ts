import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { startMemcached } from '../support/memcached.js';
import { runNode } from '../support/run-node.js';
import { RunningTime } from '../support/running-time.js';
import { users } from './users-service.js';

const SHOP = join(import.meta.dirname, 'fixtures/cached-service.mjs');
const CALLERS = 8;
/** So many that one in a hundred of them is more than all callers together wait for, at once and for a second time. */
const REQUESTS = 1600;
const IDS = 300;
/** CACHE_TIMEOUT's default. */
const DEADLINE_MS = 250;
/** For what a busy machine adds to a request. */
const GENEROUS_MS = 250;
const TEST_LIMIT_MS = 120_000;

interface Served {
  /** In the time that this process was running. */
  ms: number[];
  failed: string[];
}

/** Sends a number of requests, eight at a time, and checks each answer. */
async function serve(url: string, requests = REQUESTS): Promise<Served> {
  using clock = new RunningTime();
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const served: Served = { ms: [], failed: [] };
  let left = requests;
  const caller = async () => {
    while (left-- > 0) {
      const id = `${Math.floor(Math.random() * IDS)}`;
      const [kind, path] = left % 2 === 0 ? ['product', `products/${id}`] : ['price', `prices/${id}`];
      const began = clock.now();
      const answer = await ask(agent, `${url}/${path}`).catch(String);
      served.ms.push(clock.now() - began);
      if (answer !== `200 ${JSON.stringify({ kind, id })}`) served.failed.push(answer);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  agent.destroy();
  return served;
}

function ask(agent: Agent, url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get(url, { agent }, (answer) => {
    text(answer).then((body) => resolve(`${answer.statusCode} ${body}`), reject);
  }).on('error', reject);
  return promise;
}

/** What 99 of 100 do not exceed. */
function p99({ ms }: Served): number {
  return ms.toSorted((a, b) => a - b)[Math.floor(ms.length * 0.99)] ?? 0;
}

describe('a service under load whose memcached is frozen', () => {
  it(
    'fails no request, stays ready, waits for the cache no longer than one deadline, and uses it again',
    async () => {
      await using memcached = await startMemcached();
      const env = users({ CACHE_SERVERS: memcached.address, HEALTH_CHECK_INTERVAL: '100ms' });
      const service = runNode(SHOP, { env });
      const ready = await service.waitForLog('ready');
      const [url, monitoring] = [String(ready['url']), String(ready['monitoring_url'])];
      const readiness = new Set<number>();
      const probe = async (path: string) => {
        const answer = await fetch(monitoring + path);
        return { status: answer.status, body: await answer.text() };
      };
      const probed = async (work: Promise<Served>) => {
        const over = new AbortController();
        const done = work.finally(() => over.abort());
        while (!over.signal.aborted) {
          readiness.add((await probe('/readyz')).status);
          await Promise.race([done, sleep(100)]);
        }
        return done;
      };
      /** Operations of the cache that ended so. */
      const operations = async (result: string) => {
        const lines = (await probe('/metrics')).body.split('\n');
        const counts = lines.filter((line) => line.startsWith('eggy_cache_operations_total{'));
        const own = counts.filter((line) => line.includes(`result="${result}"`));
        return own.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      };

      const up = await probed(serve(url));
      expect(up.failed).toEqual([]);
      expect(await operations('hit')).toBeGreaterThan(REQUESTS / 4);
      const timeouts = await operations('timeout');

      memcached.pause();
      const frozen = await probed(serve(url));
      expect(frozen.failed).toEqual([]);
      // What is waited for are the operations under way when it froze: one for each caller, and then none.
      expect((await operations('timeout')) - timeouts).toBeLessThanOrEqual(2 * CALLERS);
      expect(await operations('bypassed')).toBeGreaterThan(REQUESTS / 4);
      expect(p99(frozen)).toBeLessThanOrEqual(DEADLINE_MS + p99(up) + GENEROUS_MS);
      expect((await service.waitForAnswer(`${monitoring}/healthz/cache`, 503)).status).toBe(503);

      memcached.resume();
      await service.waitForAnswer(`${monitoring}/healthz/cache`, 200);
      const hits = await operations('hit');
      const back = await probed(serve(url, REQUESTS / 2));
      expect(back.failed).toEqual([]);
      expect(await operations('hit')).toBeGreaterThan(hits + REQUESTS / 10);
      expect(readiness).toEqual(new Set([200]));
      expect(service.logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);

      memcached.pause();
      service.signal('SIGTERM');
      expect(await service.exited).toEqual({ code: 0, signal: null });
    },
    TEST_LIMIT_MS,
  );
});
