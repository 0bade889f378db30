import type { DataSource, QueryRunner } from 'typeorm';
import type { SchemaDatabase, SchemaSession } from '../schema-database.js';
import type { DriftItem } from '../schema-plan.js';
import type { SchemaIdentity } from '../schema-state.js';
import { SqliteDialect } from './sqlite-dialect.js';
import { SqliteSchemaState } from './sqlite-schema-state.js';

/** One transaction is all of it: BEGIN IMMEDIATE is the lock, also between processes. */
export class SqliteSchemaDatabase implements SchemaDatabase {
  constructor(
    private readonly dataSource: DataSource,
    private readonly identity: SchemaIdentity,
  ) {}

  read<T>(work: (session: SchemaSession) => Promise<T>): Promise<T> {
    return this.#withRunner((runner) => work(this.#session(runner)));
  }

  locked<T>(_: (drift: DriftItem[]) => T, work: (session: SchemaSession) => Promise<T>): Promise<T> {
    return this.#withRunner((runner) => runner.manager.transaction(() => work(this.#session(runner))));
  }

  #session(runner: QueryRunner): SchemaSession {
    const state = new SqliteSchemaState(runner, this.identity);
    return { dialect: new SqliteDialect(runner), state, waitedMs: 0, stillHeld: async () => undefined };
  }

  async #withRunner<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  }
}
