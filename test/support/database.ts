import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { goDsn, parseServerDsn, type ServerAddress, urlDsn } from './dsn.js';
import { sharedServer } from './servers.js';

/** An empty database that belongs to one test file. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly address: ServerAddress;
  /** DSN in Go form: `user:pass@tcp(host:port)/name?…`. */
  readonly dsn: string;
  /** DSN in URL form: `mysql://user:pass@host:port/name`. */
  readonly url: string;
  /** Runs one statement in the database, past everything that is under test. */
  query<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** Creates a database of a unique name on the shared server, or on the server at `address`. */
export async function createDatabase(
  purpose: string,
  address: ServerAddress = parseServerDsn(sharedServer('EGGY_TEST_MYSQL_DSN')),
): Promise<TestDatabase> {
  const name = `t_${purpose.replaceAll(/\W/g, '_').slice(0, 40)}_${randomBytes(4).toString('hex')}`;
  await run(address, undefined, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const drop = async () => {
    await run(address, undefined, `DROP DATABASE IF EXISTS ${name}`);
  };
  return {
    name,
    address,
    dsn: goDsn(address, name),
    url: urlDsn(address, name),
    query: <Row>(sql: string, values?: unknown[]) => run(address, name, sql, values) as Promise<Row[]>,
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

/** A connection of its own for each call: nothing to close, nothing that keeps a test process alive. */
async function run(
  address: ServerAddress,
  database: string | undefined,
  sql: string,
  values?: unknown[],
): Promise<unknown> {
  const connection = await createConnection({ ...address, ...(database && { database }) });
  try {
    const [rows] = await connection.query(sql, values);
    return rows;
  } finally {
    await connection.end();
  }
}
