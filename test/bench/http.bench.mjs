// CPU time of the server per request, and time from its start to its port: GET /items/:id with a JSON answer.
//   node test/bench/http.bench.mjs [rounds of each generation] [names]
// All servers run at once and are asked in turns, one at a time and in short portions: whatever else happens on the
// machine then meets all of them alike. A ratio is the median of the ratios of all rounds.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Contender } from './contender.mjs';
import { Load } from './load.mjs';
import { median, table, writeResults } from './results.mjs';

// Long enough for the compiler, whose threads count as CPU time of the process, to be done with all that is called.
const WARM_UP = 50_000;
// Shorter than the times in which the machine is faster or slower.
const PORTION = 500;
// What the compiler makes of the same code differs by a tenth from process to process.
const GENERATIONS = 4;

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
    { name: `Nest + ${adapter}`, program: 'nest.mjs', args: [framework] },
    suite('', 'all'),
    { name: `hand-wired on ${adapter}`, program: 'assembly.mjs', args: [framework] },
    suite(', without core', 'libs'),
    suite(', without core and records', 'records'),
    suite(', without core and metrics', 'metrics'),
    suite(', without core and security headers', 'headers'),
    suite(', every request traced', 'tracing'),
  ];
}

const [rounds = '40', names] = process.argv.slice(2);
const wanted = names?.split(',');

if (!existsSync(join(import.meta.dirname, 'node_modules'))) {
  execFileSync('npm', ['ci', '--prefix', import.meta.dirname], { stdio: 'inherit' });
}

const receiver = createServer((request, response) => request.resume().on('end', () => response.end()));
await new Promise((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
process.env.BENCH_RECEIVER = `http://127.0.0.1:${receiver.address().port}`;

const servers = CONTENDERS.filter(({ name }) => !wanted || wanted.includes(name)).map((server) => ({
  ...server,
  micros: [],
  startedMs: [],
}));
for (let generation = 0; generation < GENERATIONS; generation++) {
  const running = [];
  for (const server of servers) running.push(await start(server));
  for (let round = 0; round < Number(rounds); round++) for (const one of running) await takeTurn(one);
  for (const { contender, load } of running) {
    load.close();
    await contender.stop();
  }
}
receiver.close();

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

/** Of the round-by-round ratios to another server, and of the quietest tenth of the rounds of both. */
function against(micros, name) {
  const other = servers.find((server) => server.name === name)?.micros;
  if (!other) return ['', ''];
  const ratios = micros.map((value, round) => value / other[round]);
  return [median(ratios).toFixed(2), (quietest(micros) / quietest(other)).toFixed(2)];
}

const quietest = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)];

const rows = servers.map(({ name, micros, startedMs }) => {
  const adapter = name.includes('Express') ? 'Express' : 'Fastify';
  const [bare, bareQuiet] = against(micros, `Nest + ${adapter}`);
  const [wired, wiredQuiet] = against(micros, `hand-wired on ${adapter}`);
  const figures = [median(micros).toFixed(1), bare, wired, quietest(micros).toFixed(1), bareQuiet, wiredQuiet];
  return [name, ...figures, median(startedMs).toFixed(0)];
});
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
if (wanted) console.log(table(head, rows));
else {
  const how = `${GENERATIONS} times with new servers, ${rounds} rounds of ${PORTION} requests each, over 32 connections.`;
  writeResults('HTTP', `${table(head, rows)}\n\n${how}`);
}
