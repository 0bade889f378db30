// CPU time of the server per request, and time from its start to its port: GET /items/:id with a JSON answer.
//   node test/bench/http.bench.mjs [rounds of each generation] [names]
// Each server is measured beside the two that it is compared with, bare Nest and the hand-wired assembly on the same
// adapter. The three are asked in turns, one at a time and in short portions: whatever else happens on the machine then
// meets all of them alike. A ratio is the median of the ratios of all rounds.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Contender } from './contender.mjs';
import { Load } from './load.mjs';
import { median, table, writeResults } from './results.mjs';

// Long enough for the compiler, whose threads count as CPU time of the process, to be done with all that is called.
const WARM_UP = 30_000;
// Shorter than the times in which the machine is faster or slower.
const PORTION = 500;
// What the compiler makes of the same code differs by a tenth from process to process.
const GENERATIONS = 3;

const CONTENDERS = [
  { name: 'node:http', program: 'node-http.mjs' },
  { name: 'Fastify', program: 'fastify.mjs', args: ['bare'] },
  { name: 'Fastify + its logger + fastify-metrics', program: 'fastify.mjs', args: ['observed'] },
  { name: 'Moleculer + metrics', program: 'moleculer.mjs' },
  ...onAdapter('Fastify'),
  ...onAdapter('Express'),
];

function onAdapter(adapter) {
  const framework = adapter.toLowerCase();
  const suite = (what, variant) => ({
    name: `suite on ${adapter}${what}`,
    program: 'suite.mjs',
    args: [framework, variant],
  });
  return [
    { name: `Nest + ${adapter}`, ...bareNest(framework) },
    suite('', 'all'),
    { name: `hand-wired on ${adapter}`, ...handWired(framework) },
    suite(', without core', 'libs'),
    suite(', without core and records', 'records'),
    suite(', without core and metrics', 'metrics'),
    suite(', without core and security headers', 'headers'),
    suite(', every request traced', 'tracing'),
  ];
}

function bareNest(framework) {
  return { program: 'nest.mjs', args: [framework] };
}

function handWired(framework) {
  return { program: 'assembly.mjs', args: [framework] };
}

const [rounds = '30', names] = process.argv.slice(2);
const wanted = names?.split(',');

if (!existsSync(join(import.meta.dirname, 'node_modules'))) {
  execFileSync('npm', ['ci', '--prefix', import.meta.dirname], { stdio: 'inherit' });
}

const receiver = createServer((request, response) => request.resume().on('end', () => response.end()));
await new Promise((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
process.env.BENCH_RECEIVER = `http://127.0.0.1:${receiver.address().port}`;

const rows = [];
for (const contender of CONTENDERS) {
  if (wanted && !wanted.includes(contender.name)) continue;
  const [own, bare, wired] = await measure(contender);
  const ratios = [bare, wired].map((other) => median(own.micros.map((value, turn) => value / other.micros[turn])));
  const quietRatios = [bare, wired].map((other) => quietest(own.micros) / quietest(other.micros));
  const figures = [median(own.micros).toFixed(1), ...ratios.map(toRatio)];
  const quiet = [quietest(own.micros).toFixed(1), ...quietRatios.map(toRatio)];
  rows.push([contender.name, ...figures, ...quiet, median(own.startedMs).toFixed(0)]);
  if (wanted) console.log(rows.at(-1).join('  '));
}
receiver.close();

/** A contender, bare Nest and the hand-wired assembly, measured together. */
async function measure({ name, program, args = [] }) {
  const framework = name.includes('Express') ? 'express' : 'fastify';
  const all = [{ program, args }, bareNest(framework), handWired(framework)];
  const servers = all.map((server) => ({ ...server, micros: [], startedMs: [] }));
  for (let generation = 0; generation < GENERATIONS; generation++) {
    const running = [];
    for (const server of servers) running.push(await start(server));
    for (let round = 0; round < Number(rounds); round++) for (const one of running) await takeTurn(one);
    for (const { contender, load } of running) {
      load.close();
      await contender.stop();
    }
  }
  return servers;
}

async function start({ program, args, micros, startedMs }) {
  const contender = await Contender.start(program, args);
  startedMs.push(contender.startedMs);
  const load = new Load(contender.port);
  await load.open();
  await load.send(WARM_UP);
  return { contender, load, micros };
}

async function takeTurn({ contender, load, micros }) {
  await load.open();
  await contender.ask('begin');
  await load.send(PORTION);
  const { cpuMicroseconds } = await contender.ask('end');
  micros.push(cpuMicroseconds / PORTION);
}

function quietest(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)];
}

function toRatio(value) {
  return value.toFixed(2);
}

const head = [
  'server',
  'CPU µs per request, median',
  '× bare Nest',
  '× hand-wired',
  'in the quietest tenth',
  '× bare Nest',
  '× hand-wired',
  'ms to its port',
];
if (!wanted) {
  const how = [
    `${GENERATIONS} times new servers, ${rounds} rounds of ${PORTION} requests each, over 32 connections. Each server was`,
    'measured beside bare Nest and the hand-wired assembly on its adapter; how far these two, measured beside themselves,',
    'are from 1.00 tells how far to trust the rest.',
  ].join('\n');
  writeResults('HTTP', `${table(head, rows)}\n\n${how}`);
}
