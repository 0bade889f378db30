// What a scrape of many series costs, and how long it keeps the event loop from everything else: prom-client's own text,
// served as its documentation shows, and the suite's monitoring port, in turns. The reader is a process of its own.
//   node test/bench/scrape.bench.mjs [rounds]
import { fork } from 'node:child_process';
import { createServer, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { HealthRegistry, MonitoringServer } from '@eggybyte/monitoring';
import { Metrics } from '@eggybyte/observability';
import { median, table, writeResults } from './results.mjs';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

function read(port, headers) {
  get({ host: '127.0.0.1', port, path: '/metrics', headers, agent: false }, (answer) => {
    let bytes = 0;
    answer.on('data', (chunk) => (bytes += chunk.length));
    answer.on('end', () => process.send(bytes));
  });
}

async function main(rounds) {
  const reader = fork(fileURLToPath(import.meta.url));
  const rows = [];
  for (const [what, fill] of Object.entries(SERIES)) {
    const metrics = new Metrics({ maxSeries: 1e6 });
    fill(metrics);
    const contenders = await serveBoth(metrics);
    const figures = new Map(contenders.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds + 2; round++) {
      for (const { name, port, headers } of contenders) {
        const figure = await measure(() => ask(reader, port, headers));
        // The first rounds are for the compiler.
        if (round >= 2) figures.get(name).push(figure);
      }
    }
    for (const { name, close } of contenders) {
      const of = figures.get(name);
      const longest = of.map(({ longestMs }) => longestMs);
      rows.push([
        what,
        name,
        median(longest).toFixed(1),
        Math.max(...longest).toFixed(1),
        median(of.map(({ tookMs }) => tookMs)).toFixed(1),
        (of[0].bytes / 1024).toFixed(0),
      ]);
      await close?.();
    }
  }
  reader.kill();
  const head = ['series', 'server', 'longest block, median CPU ms', 'longest of all', 'answered after ms', 'KiB sent'];
  writeResults(
    'Scrape',
    `${table(head, rows)}\n\n${rounds} scrapes each. A block is what the thread computes while nothing else has its turn.`,
  );
}

const SERIES = {
  '10 000 of a counter': (metrics) => {
    const counter = metrics.counter('c_total', 'C.', ['route', 'method']);
    for (let n = 0; n < 10_000; n++) counter.inc({ route: `/items/${n}`, method: 'GET' }, n);
  },
  '10 000 of a histogram, 140 000 lines': (metrics) => {
    const histogram = metrics.histogram('h_seconds', 'H.', { labels: ['route', 'method'] });
    for (let n = 0; n < 10_000; n++) histogram.observe({ route: `/items/${n}`, method: 'GET' }, n / 1000);
  },
};

async function serveBoth(metrics) {
  const { registry } = metrics;
  const plain = createServer((_request, response) => {
    response.setHeader('Content-Type', registry.contentType);
    void registry.metrics().then((text) => response.end(text));
  });
  await new Promise((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const suite = new MonitoringServer({ health: new HealthRegistry(), metrics, state: () => 'ready', port: 0 });
  const { port } = await suite.listen();
  return [
    { name: 'prom-client', port: plain.address().port, headers: {}, close: () => plain.close() },
    { name: 'suite', port, headers: {}, close: () => suite.close() },
    { name: 'suite, OpenMetrics and gzip', port, headers: { accept: OPENMETRICS, 'accept-encoding': 'gzip' } },
  ];
}

function ask(reader, port, headers) {
  return new Promise((resolve) => {
    reader.once('message', resolve);
    reader.send({ port, headers });
  });
}

/** What this thread has computed: neither its reader nor others on the machine make it more. */
function threadMs() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function measure(scrape) {
  let longestMs = 0;
  let last = threadMs();
  let isOver = false;
  const look = () => {
    const now = threadMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  const began = performance.now();
  const bytes = await scrape();
  isOver = true;
  return { bytes, longestMs, tookMs: performance.now() - began };
}

if (process.send) process.on('message', ({ port, headers }) => read(port, headers));
else await main(Number(process.argv[2] ?? 15));
