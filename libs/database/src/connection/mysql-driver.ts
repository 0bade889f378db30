import mysql2, { type ConnectionOptions, type Pool, type PoolConnection, type PoolOptions } from 'mysql2';
import { hangUp } from './hang-up.js';

/** What TypeORM takes as its `driver` option: mysql2 with pools whose connections begin with our statement. */
export class MysqlDriver {
  readonly #pools = new Set<Pool>();

  constructor(private readonly session: string | undefined) {}

  createPool(options: PoolOptions): Pool {
    const pool = mysql2.createPool(options);
    this.#pools.add(pool);
    pool.on('connection', (connection: PoolConnection) => this.#begin(connection));
    return pool;
  }

  /** Connections that are made from now on log in so; those that are open stay. */
  useCredentials(user: string, password: string | undefined): void {
    for (const pool of this.#pools) {
      // Each connection begins with a copy of it: https://github.com/sidorares/node-mysql2/blob/master/lib/base/pool.js
      const { config } = pool as unknown as { config: { connectionConfig: ConnectionOptions } };
      Object.assign(config.connectionConfig, { user, password });
    }
  }

  /** Closes what a failed start left open: TypeORM forgets its pool when the step after connecting fails. */
  async closeAll(): Promise<void> {
    const ends = [...this.#pools].map((pool) => new Promise<void>((resolve) => pool.end(() => resolve())));
    this.#pools.clear();
    await Promise.all(ends);
  }

  /** Queued before anything that the pool hands the connection out for; in the wrong zone it would be used by nobody. */
  #begin(connection: PoolConnection): void {
    if (this.session) connection.query(this.session, (error) => error && hangUp(connection, error));
  }
}
