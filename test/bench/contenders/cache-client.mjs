// One contender of cache.bench.mjs: asks memcached for as long as it is told to, and tells what came of it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLIENTS } from './cache-clients.mjs';

const KEYS = 512;
const KEYS_AT_ONCE = 32;
const TEXT = 'eggybyte: '.repeat(10);

const [name, host, port] = process.argv.slice(2);
const { get, getMany, set, encode = (text) => text } = await CLIENTS[name](host, Number(port));

// Keys of its own: each stores values in its own form.
const prefix = `bench:${name.replaceAll(/\W/g, '')}:`;
const keys = Array.from({ length: KEYS }, (_, at) => `${prefix}${1000 + at}`);
const groups = keys.map((_, at) => Array.from({ length: KEYS_AT_ONCE }, (_each, n) => keys[(at + n) % KEYS]));
const value = encode(TEXT);

const OPERATIONS = {
  get: (n) => get(keys[n % KEYS]),
  set: (n) => set(keys[n % KEYS], value),
  'multi-get': (n) => getMany(groups[n % KEYS]),
};

for (const key of keys) await set(key, value);
assert.equal(String(await get(keys[7])), TEXT);
assert.deepEqual((await getMany(groups[7])).map(String), Array(KEYS_AT_ONCE).fill(TEXT));

process.on('message', ({ operation, atOnce, ms }) => {
  portion(OPERATIONS[operation], atOnce, ms).then(
    (figures) => process.send(figures),
    (error) => process.send({ failure: String(error?.message ?? error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send({ port });

async function portion(operation, atOnce, ms) {
  const clock = { isOver: false };
  let count = 0;
  const ask = async () => {
    while (!clock.isOver) await operation(count++);
  };
  const cpu = process.cpuUsage();
  const began = performance.now();
  const over = sleep(ms).then(() => (clock.isOver = true));
  await Promise.all([over, ...Array.from({ length: atOnce }, ask)]);
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (count * 1000) / took, micros: (user + system) / count };
}
