// What a million requests leave in the heap of the suite's server, after garbage collection, on either framework.
//   node test/bench/heap.bench.mjs [requests]
import { Contender } from './contender.mjs';
import { Load } from './load.mjs';
import { table, writeResults } from './results.mjs';

const requests = Number(process.argv[2] ?? 1_000_000);
/** Until all code is compiled and all caches are filled. */
const WARM_UP = 300_000;
const MIB = 1024 * 1024;

const rows = [];
for (const framework of ['fastify', 'express']) {
  const contender = await Contender.start('suite.mjs', [framework, 'all'], ['--expose-gc']);
  const load = new Load(contender.port);
  await load.open();
  await load.send(WARM_UP);
  const before = await contender.ask('heap');
  await load.send(requests, (n) => `/items/${n}`);
  const after = await contender.ask('heap');
  await contender.stop();
  const megabytes = [before.heapUsed, after.heapUsed, after.heapUsed - before.heapUsed].map((bytes) => bytes / MIB);
  rows.push([framework, ...megabytes.map((value) => value.toFixed(2))]);
}
const head = ['framework', 'MiB before', 'MiB after', 'difference'];
writeResults('Heap', `${table(head, rows)}\n\nBefore and after ${requests} requests, each to another address.`);
