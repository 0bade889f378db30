// CPU time of the server per request: bare Nest, with the request hook, with security headers, with access records and
// metrics. The variants take turns in one run; the best round tells more than the median where others use the machine.
// Needs a build.
//   node test/bench/http-hook.bench.mjs [rounds]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';

const ROUNDS = Number(process.argv[2] ?? 5);
const CONNECTIONS = 32;
// Long enough for the compiler: its threads count as CPU time of the process.
const WARM_UP = 40_000;
const MEASURED = 40_000;
const FRAMEWORKS = ['fastify', 'express'];
const VARIANTS = ['bare', 'hook', 'headers', 'all'];
const REQUEST = 'GET /items/7 HTTP/1.1\r\nHost: bench\r\n\r\n';

for (const framework of FRAMEWORKS) {
  const figures = Object.fromEntries(VARIANTS.map((variant) => [variant, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const variant of VARIANTS) figures[variant].push(await measure(framework, variant));
  }
  for (const variant of VARIANTS) {
    const told = Object.entries({ best, median }).map(([name, of]) => {
      const micros = of(figures[variant]);
      return `${name} ${micros.toFixed(1)} us (${(micros / of(figures.bare)).toFixed(2)} x bare)`;
    });
    console.log(`${framework} ${variant.padEnd(8)} ${told.join(', ')}`);
  }
}

async function measure(framework, variant) {
  const server = fork(join(import.meta.dirname, 'http-hook-server.mjs'), [framework, variant], { silent: true });
  server.stdout.resume();
  server.stderr.pipe(process.stderr);
  const [{ port }] = await once(server, 'message');
  await load(port, WARM_UP);
  server.send('begin');
  await once(server, 'message');
  await load(port, MEASURED);
  server.send('end');
  const [{ cpuMicroseconds }] = await once(server, 'message');
  server.disconnect();
  await once(server, 'exit');
  return cpuMicroseconds / MEASURED;
}

/** Sends so many requests over keep-alive connections, one at a time on each. */
function load(port, count) {
  let sent = 0;
  let answered = 0;
  return new Promise((resolve, reject) => {
    for (let at = 0; at < CONNECTIONS; at++) {
      const socket = connect(port, '127.0.0.1');
      const next = () => {
        if (sent >= count) return socket.end();
        sent++;
        return socket.write(REQUEST);
      };
      socket.on('connect', next).on('error', reject);
      // The answer is small and comes in one piece; its body ends in a brace.
      socket.on('data', (part) => {
        if (part.at(-1) !== 125) return;
        if (++answered === count) resolve();
        next();
      });
    }
  });
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function best(values) {
  return Math.min(...values);
}
