// CPU time of the client per query: mysql2's pool as it is, the same behind the guard, behind guard and metrics; and the
// same three through TypeORM. The variants take turns in one run, over one private server; the best round tells more
// than the median where others use the machine. Needs a build.
//   node test/bench/pool-guard.bench.mjs [rounds]
import { Logger } from '@nestjs/common';
import { measureDatabase, openDatabase } from '@eggybyte/database';
import { Metrics } from '@eggybyte/observability';
import mysql2 from 'mysql2';
import { DataSource } from 'typeorm';

await import('../support/ts-resolution.mjs');
const { startMariaDb } = await import('../support/mariadb.ts');

const ROUNDS = Number(process.argv[2] ?? 7);
const QUERIES = 4000;
const AT_ONCE = 8;
const LIMIT = 5;

Logger.overrideLogger(false);
const server = await startMariaDb();
const { host, port, user, password } = server.address;
const setup = mysql2.createConnection(server.address);
await setup.promise().query('CREATE DATABASE bench');
await setup.promise().end();
const dsn = server.dsn('bench');

const same = { trace: false, supportBigNumbers: true, bigNumberStrings: true, timezone: 'Z', dateStrings: ['DATE'] };
const raw = new DataSource({
  type: 'mariadb',
  host,
  port,
  username: user,
  password,
  database: 'bench',
  poolSize: LIMIT,
  extra: same,
});
await raw.initialize();
const guarded = await openDatabase({ dsn, maxOpenConns: LIMIT });
const measured = await openDatabase({ dsn, maxOpenConns: LIMIT });
measureDatabase(measured, new Metrics());
const sources = { raw, guarded, measured };

const ways = {
  'pool   ': (source) => {
    const { pool } = source.driver;
    return () =>
      new Promise((resolve, reject) => {
        pool.getConnection((failure, connection) => {
          if (failure) return reject(failure);
          connection.query('SELECT 1 AS one', (error) => {
            connection.release();
            if (error) reject(error);
            else resolve();
          });
        });
      });
  },
  TypeORM: (source) => () => source.query('SELECT 1 AS one'),
};

for (const [way, make] of Object.entries(ways)) {
  const figures = Object.fromEntries(Object.keys(sources).map((name) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, source] of Object.entries(sources)) {
      const micros = await cpuPerQuery(make(source));
      // The first round is for the compiler.
      if (round >= 0) figures[name].push(micros);
    }
  }
  for (const [name, values] of Object.entries(figures)) {
    const told = Object.entries({ best, median }).map(
      ([what, of]) => `${what} ${of(values).toFixed(1)} us (${(of(values) / of(figures.raw)).toFixed(2)} x raw)`,
    );
    console.log(`${way} ${name.padEnd(9)} ${told.join(', ')}`);
  }
}
await Promise.all(Object.values(sources).map((source) => source.destroy()));
await server.stop();

async function cpuPerQuery(query) {
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let n = 0; n < QUERIES / AT_ONCE; n++) await query();
    }),
  );
  const { user: inUser, system } = process.cpuUsage(before);
  return (inUser + system) / QUERIES;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function best(values) {
  return Math.min(...values);
}
