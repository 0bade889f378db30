// Uses a memcached that is frozen while it runs, as plain JavaScript: `node frozen-server.mjs <address> <what>`. It says
// `ready` when it has used the server, and goes on by SIGUSR2, when that is frozen.
//   heap   50 000 operations, and what they have left on the heap; to be run with --expose-gc
//   let-in the same with a server that lets everybody in: a tenth of the operations waits for that
//   close  closes the cache with operations under way
//   leave  ends without a word to the cache
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { CacheService, MemcachedDriver } from '@eggybyte/cache';

const OPERATIONS = 50_000;
const PORTION = 1000;
const WARM_UP = 10_000;

const [address, what] = process.argv.slice(2);
const tell = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);
Logger.overrideLogger(false);
const timing = { timeout: '100ms', connectTimeout: '200ms', longestBackoff: '200ms' };
const driver = new MemcachedDriver({ servers: [address], ...timing });
await driver.connected();
const cache = new CacheService(driver);
const text = 'x'.repeat(1000);

/** Reads, writes and removals, each settled as it must be while the server is frozen. */
async function portion(from) {
  const settled = await Promise.allSettled(
    Array.from({ length: PORTION }, (_, at) => {
      const key = `key:${from + at}`;
      if (at % 3 === 0) return cache.get(key);
      return at % 3 === 1 ? cache.set(key, text) : cache.delete(key);
    }),
  );
  return settled.filter(({ status }) => status === 'fulfilled').length;
}

async function heapUsed() {
  // What was closed is let go of a turn later.
  await sleep(50);
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

async function letIn() {
  while (!driver.isUp(address)) await sleep(10);
}

async function operations() {
  let settled = 0;
  for (let at = 0; at < OPERATIONS; at += PORTION) {
    if (what === 'let-in' && at % (10 * PORTION) === 0) await letIn();
    settled += await portion(at);
    await sleep(20);
  }
  return settled;
}

const alive = setInterval(() => undefined, 1000);
const frozen = once(process, 'SIGUSR2');
// What is compiled only once is there before it is measured.
for (let at = 0; at < WARM_UP; at += PORTION) await portion(at);
tell({ msg: 'ready', stored: await cache.get('key:1') });
await frozen;
clearInterval(alive);

if (what === 'heap' || what === 'let-in') {
  const before = await heapUsed();
  const settled = await operations();
  const after = await heapUsed();
  tell({ msg: 'measured', settled, grown: after - before });
  await driver.close();
} else {
  const underWay = portion(0);
  // Until they are on their way.
  await nextTurn();
  if (what === 'close') await driver.close();
  tell({ msg: 'settled', settled: await underWay });
}
