// CPU time of the server per request, and time from its start to its first port: GET /items/:id with a JSON answer.
//   node test/bench/http.bench.mjs [rounds] [names]
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Contender } from './contender.mjs';
import { load } from './load.mjs';
import { median, table, writeResults } from './results.mjs';

// Long enough for the compiler: its threads count as CPU time of the process.
const WARM_UP = 30_000;
const MEASURED = 40_000;

const CONTENDERS = [
  { name: 'node:http', program: 'node-http.mjs' },
  { name: 'Fastify', program: 'fastify.mjs', args: ['bare'] },
  { name: 'Fastify + its logger + fastify-metrics', program: 'fastify.mjs', args: ['observed'] },
  { name: 'Nest + Fastify', program: 'nest.mjs', args: ['fastify'] },
  { name: 'suite on Fastify', program: 'suite.mjs', args: ['fastify'] },
  { name: 'suite on Fastify, without records', program: 'suite.mjs', args: ['fastify', 'records'] },
  { name: 'suite on Fastify, without metrics', program: 'suite.mjs', args: ['fastify', 'metrics'] },
  { name: 'suite on Fastify, without security headers', program: 'suite.mjs', args: ['fastify', 'headers'] },
  { name: 'hand-wired on Fastify', program: 'assembly.mjs', args: ['fastify'] },
  { name: 'Nest + Express', program: 'nest.mjs', args: ['express'] },
  { name: 'suite on Express', program: 'suite.mjs', args: ['express'] },
  { name: 'hand-wired on Express', program: 'assembly.mjs', args: ['express'] },
  { name: 'Moleculer + metrics', program: 'moleculer.mjs' },
];

const rounds = Number(process.argv[2] ?? 5);
const wanted = process.argv[3]?.split(',');
const contenders = CONTENDERS.filter(({ name }) => !wanted || wanted.includes(name));

if (!existsSync(join(import.meta.dirname, 'node_modules'))) {
  execFileSync('npm', ['ci', '--prefix', import.meta.dirname], { stdio: 'inherit' });
}

const figures = new Map(contenders.map(({ name }) => [name, { micros: [], startedMs: [] }]));
for (let round = 0; round < rounds; round++) {
  for (const { name, program, args } of contenders) {
    const contender = await Contender.start(program, args);
    await load(contender.port, WARM_UP);
    await contender.ask('begin');
    await load(contender.port, MEASURED);
    const { cpuMicroseconds } = await contender.ask('end');
    await contender.stop();
    figures.get(name).micros.push(cpuMicroseconds / MEASURED);
    figures.get(name).startedMs.push(contender.startedMs);
  }
}

const microsOf = (name) => (figures.has(name) ? median(figures.get(name).micros) : Number.NaN);
const ratio = (micros, name) => (Number.isNaN(microsOf(name)) ? '' : (micros / microsOf(name)).toFixed(2));
const rows = contenders.map(({ name }) => {
  const micros = microsOf(name);
  const nest = name.includes('Express') ? 'Nest + Express' : 'Nest + Fastify';
  const assembly = name.includes('Express') ? 'hand-wired on Express' : 'hand-wired on Fastify';
  const best = Math.min(...figures.get(name).micros);
  const started = median(figures.get(name).startedMs);
  return [name, micros.toFixed(1), best.toFixed(1), ratio(micros, nest), ratio(micros, assembly), started.toFixed(0)];
});
const head = ['server', 'CPU µs per request', 'best round', '× bare Nest', '× hand-wired', 'ms to its port'];
if (wanted) console.log(table(head, rows));
else writeResults('HTTP', `${table(head, rows)}\n\nMedians of ${rounds} rounds, 32 connections.`);
