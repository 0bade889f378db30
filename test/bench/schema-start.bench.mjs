// What the start of a service costs when its schema has not changed: the migrator against TypeORM's `synchronize`, each in
// a new process, in turns in one run. Starts a private MariaDB. Needs a build.
//   node test/bench/schema-start.bench.mjs [rounds] [tables]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

// The support of the tests is TypeScript.
await import('../support/ts-resolution.mjs');
const { startMariaDb } = await import('../support/mariadb.ts');
const { createDatabase } = await import('../support/database.ts');

const ROUNDS = Number(process.argv[2] ?? 5);
const TABLES = process.argv[3] ?? '200';
const VARIANTS = ['migrate', 'synchronize'];

await using server = await startMariaDb();
const figures = Object.fromEntries(VARIANTS.map((variant) => [variant, []]));
const databases = {};
for (const variant of VARIANTS) {
  databases[variant] = await createDatabase('bench', server.address);
  // The first start creates the tables.
  await start(variant);
}
for (let round = 0; round < ROUNDS; round++) {
  for (const variant of VARIANTS) figures[variant].push(await start(variant));
}
for (const variant of VARIANTS) {
  const [cpu, ms, queries] = ['cpuMs', 'ms', 'queries'].map((name) => median(figures[variant].map((one) => one[name])));
  const [cpuShare, share] = [
    cpu / median(figures.synchronize.map(({ cpuMs }) => cpuMs)),
    ms / median(figures.synchronize.map((one) => one.ms)),
  ];
  console.log(
    `${variant.padEnd(11)} ${TABLES} tables: median ${ms.toFixed(1)} ms (1/${(1 / share).toFixed(1)}), ` +
      `${cpu.toFixed(1)} ms of CPU (1/${(1 / cpuShare).toFixed(1)}), ${queries} queries`,
  );
}

/** One start in a process of its own. */
async function start(variant) {
  const { address, name } = databases[variant];
  const env = { ...process.env, VARIANT: variant, TABLES, ADDRESS: JSON.stringify(address), DATABASE: name };
  const child = fork(join(import.meta.dirname, 'schema-start-service.mjs'), { env });
  const [figure] = await once(child, 'message');
  await once(child, 'exit');
  return figure;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
