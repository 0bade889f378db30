import type { DataSource, QueryRunner } from 'typeorm';
import type { SchemaDatabase, SchemaSession } from '../schema-database.js';
import type { DriftItem } from '../schema-plan.js';
import type { SchemaIdentity } from '../schema-state.js';
import { MysqlDialect } from './mysql-dialect.js';
import { type SchemaLockOptions, withMysqlSchemaLock } from './mysql-schema-lock.js';
import { MysqlSchemaState } from './mysql-schema-state.js';
import { askMysqlServer } from './mysql-server.js';

export class MysqlSchemaDatabase implements SchemaDatabase {
  constructor(
    private readonly dataSource: DataSource,
    private readonly identity: SchemaIdentity,
    private readonly lock: Pick<SchemaLockOptions<unknown>, 'kind' | 'timeoutMs' | 'signal'>,
  ) {}

  async read<T>(work: (session: SchemaSession) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const dialect = new MysqlDialect(runner, await askMysqlServer(runner), this.lock.signal);
      return await work({ dialect, state: this.#state(runner), waitedMs: 0, stillHeld: async () => undefined });
    } finally {
      await runner.release();
    }
  }

  locked<T>(byPeer: (drift: DriftItem[]) => T, work: (session: SchemaSession) => Promise<T>): Promise<T> {
    const peerFinished = async (runner: QueryRunner): Promise<T | undefined> => {
      const drift = await this.#state(runner).find();
      return drift && byPeer(drift);
    };
    return withMysqlSchemaLock(this.dataSource, { ...this.lock, peerFinished }, (holder) => {
      const dialect = new MysqlDialect(holder.runner, holder.server, this.lock.signal);
      return work({ ...holder, dialect, state: this.#state(holder.runner) });
    });
  }

  #state(runner: QueryRunner): MysqlSchemaState {
    return new MysqlSchemaState(runner, this.identity);
  }
}
