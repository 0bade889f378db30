// Operations a second and CPU time of the client per operation against one memcached: a get and a set of 100 bytes, and a
// get of 32 keys, so many at once. Needs memcached and a build.
//   node test/bench/cache.bench.mjs [rounds] [names]
// Each client is in a process of its own, and they are asked in turns, in short portions: a ratio is the median of the
// ratios of all rounds.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Contender } from './contender.mjs';
import { median, table, writeResults } from './results.mjs';

// The support of the tests is TypeScript.
await import('../support/ts-resolution.mjs');
const { startMemcached } = await import('../support/memcached.ts');

const BOUND = 'raw';
const NAMES = [
  BOUND,
  'memcache-pp',
  'memjs',
  'memcached',
  'memcache-client',
  'MemcachedDriver',
  'CacheService',
  'cache-manager + @keyv/memcache',
  'Cache',
];
const CELLS = ['get', 'set', 'multi-get'].flatMap((operation) =>
  [1, 16, 256].map((atOnce) => ({ name: `${operation}, ${atOnce}`, operation, atOnce })),
);
const WARM_UP_ROUNDS = 3;
const PORTION_MS = 80;
const DEADLINE_MS = 10_000;

const rounds = Number(process.argv[2] ?? 23);
const wanted = process.argv[3]?.split(',');
const names = NAMES.filter((name) => !wanted || name === BOUND || wanted.includes(name));

if (!existsSync(join(import.meta.dirname, 'node_modules', 'memjs'))) {
  execFileSync('npm', ['ci', '--prefix', import.meta.dirname], { stdio: 'inherit' });
}

await using server = await startMemcached();
const clients = new Map();
for (const name of names) clients.set(name, { contender: await start(name), figures: new Map(), notes: new Map() });

for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
  for (const cell of CELLS) {
    // To and fro, so that nobody always comes after the same one.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const figures = await portion(name, cell);
      if (figures && round >= WARM_UP_ROUNDS) push(clients.get(name).figures, cell.name, figures);
    }
  }
}
for (const { contender } of clients.values()) await contender.stop();

function start(name) {
  const args = [name, server.host, String(server.port)];
  return Contender.start('cache-client.mjs', args, [], AbortSignal.timeout(DEADLINE_MS));
}

/** `undefined` for a cell that the client could not do once: it is not asked again. */
async function portion(name, { name: cell, operation, atOnce }) {
  const client = clients.get(name);
  if (client.notes.has(cell)) return undefined;
  const asked = { operation, atOnce, ms: PORTION_MS };
  const figures = await client.contender.ask(asked, AbortSignal.timeout(DEADLINE_MS)).catch((error) => {
    return { failure: error.name === 'AbortError' ? `no answer within ${DEADLINE_MS} ms` : error.message };
  });
  if (!figures.failure) return figures;
  client.notes.set(cell, figures.failure);
  // What it still has under way must not count for the next cell.
  client.contender.child.kill('SIGKILL');
  client.contender = await start(name);
  return undefined;
}

function push(map, key, value) {
  map.set(key, [...(map.get(key) ?? []), value]);
}

/** One row a client: what the bound has as it is, the others by their ratio to it. */
function rowsOf(unit, absolute) {
  return names.map((name) => {
    const { figures, notes } = clients.get(name);
    const cells = CELLS.map(({ name: cell }) => {
      if (notes.has(cell)) return '—';
      const own = figures.get(cell).map((one) => one[unit]);
      if (name === BOUND) return absolute(median(own));
      const bound = clients.get(BOUND).figures.get(cell);
      return median(own.map((value, round) => value / bound[round][unit])).toFixed(2);
    });
    return [name, ...cells];
  });
}

const head = ['client', ...CELLS.map(({ name }) => name)];
const throughput = table(
  head,
  rowsOf('perSecond', (value) => `${(value / 1000).toFixed(1)}k/s`),
);
const cpu = table(
  head,
  rowsOf('micros', (value) => `${value.toFixed(2)} µs`),
);
const notes = [...clients].flatMap(([name, client]) =>
  [...client.notes].map(([cell, why]) => `- ${name}, ${cell}: ${why}`),
);
const text = [
  'Operations a second, by how many are under way at once; all but the first row are ratios to it.',
  throughput,
  'CPU time of the client per operation, likewise.',
  cpu,
  `${rounds} rounds of ${PORTION_MS} ms each. A multi-get is of 32 keys. memcached answers each \`get\` of a pipeline by a packet of its own: a client that asks in one line for what begins together can do better than the raw one.`,
  ...(notes.length > 0 ? [`Not done:\n\n${notes.join('\n')}`] : []),
].join('\n\n');
if (wanted) console.log(text);
else writeResults('Cache', text);
