// CPU time of a log record: pino as it comes, pino with redaction of the paths that somebody thought of, and the suite's
// logger, which redacts at any depth and scrubs texts. All write to nowhere, in turns.
//   node test/bench/log.bench.mjs [rounds]
import { createRootLogger } from '@eggybyte/logging';
import { pino } from 'pino';
import { median, table, writeResults } from './results.mjs';

const rounds = Number(process.argv[2] ?? 15);
const PORTION = 20_000;

const nowhere = { write: () => {} };
const service = { service: 'bench', environment: 'bench', version: '1' };
const paths = [
  'password',
  '*.password',
  'token',
  '*.token',
  'authorization',
  'headers.authorization',
  'headers.cookie',
];
const base = { base: service, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } };

const LOGGERS = {
  pino: pino(base, nowhere),
  'pino with redaction': pino({ ...base, redact: paths }, nowhere),
  suite: createRootLogger({ ...service, destination: nowhere }),
};

const order = { id: 7, user: 'u-17', items: 3, total: 42.5, paid: true };
const nested = {
  order,
  user: { name: 'Ada', password: 'hunter2' },
  headers: { host: 'shop', authorization: 'Bearer abcdef' },
};
const failure = new Error('connect mysql://root:hunter2@db:3306/shop failed', { cause: new Error('ECONNREFUSED') });

const RECORDS = {
  'a text': (logger) => logger.info('order placed'),
  'five fields': (logger) => logger.info(order, 'order placed'),
  'nested fields with secrets': (logger) => logger.info(nested, 'order placed'),
  'an error with a cause': (logger) => logger.info({ err: failure }, 'order failed'),
};

const rows = Object.entries(RECORDS).map(([what, write]) => {
  const micros = new Map(Object.keys(LOGGERS).map((name) => [name, []]));
  for (let round = 0; round < rounds + 2; round++) {
    for (const [name, logger] of Object.entries(LOGGERS)) {
      const began = process.cpuUsage();
      for (let n = 0; n < PORTION; n++) write(logger);
      const { user, system } = process.cpuUsage(began);
      // The first rounds are for the compiler.
      if (round >= 2) micros.get(name).push((user + system) / PORTION);
    }
  }
  return [what, ...[...micros.values()].map((values) => median(values).toFixed(2))];
});
const head = ['record', ...Object.keys(LOGGERS).map((name) => `${name}, CPU µs`)];
writeResults('Log records', `${table(head, rows)}\n\n${rounds} rounds of ${PORTION} records each.`);
