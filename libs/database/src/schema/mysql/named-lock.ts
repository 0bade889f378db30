import { createHash } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import { driverError } from '../../driver-error.js';
import type { MysqlServer } from './mysql-server.js';

/** A lock between processes, made of what the server has. */
export interface ServerLock {
  /** One attempt, so that the signal and the deadline are looked at in between. TiDB's least is a second. */
  tryFor1Second(): Promise<boolean>;
  /** Who has it, for a message, or nothing. */
  holder(): Promise<string>;
  /** Rejects when it was lost. */
  check(): Promise<void>;
  release(): Promise<void>;
  /** Lets everything go that is not the runner's. */
  drop(): void;
}

/** The server has no GET_LOCK, or it is switched off. */
export class NoNamedLock extends Error {}

const NO_SUCH_FUNCTION = new Set([1305, 1235]);
/** Statements that hold values of rows are nobody's business. */
const DDL = /^\s*(?:CREATE|ALTER)\s/i;
const SHOWN_STATEMENT = 120;

/** GET_LOCK on the connection that does the work: it is lost with it, and only with it. */
export class NamedLock implements ServerLock {
  #name: string | undefined;

  constructor(
    private readonly runner: QueryRunner,
    private readonly server: MysqlServer,
  ) {}

  async tryFor1Second(): Promise<boolean> {
    try {
      const [row]: { got: unknown }[] = await this.runner.query('SELECT GET_LOCK(?, 1) AS got', [await this.#named()]);
      return Number(row?.got) === 1;
    } catch (error) {
      if (NO_SUCH_FUNCTION.has(driverError(error).errno ?? 0)) throw new NoNamedLock();
      throw error;
    }
  }

  async holder(): Promise<string> {
    // TiDB may answer with any number, or not at all.
    if (this.server.flavour === 'tidb') return '';
    const rows: { id: number; host: string; seconds: number; info: string | null }[] = await this.runner.query(
      'SELECT id AS id, host AS host, time AS seconds, info AS info FROM information_schema.processlist ' +
        'WHERE id = IS_USED_LOCK(?)',
      [await this.#named()],
    );
    const [row] = rows;
    if (!row) return '';
    const statement = row.info && DDL.test(row.info) ? `: ${row.info.slice(0, SHOWN_STATEMENT)}` : '';
    return ` (connection ${row.id} from ${row.host}, for ${row.seconds} s${statement})`;
  }

  async check(): Promise<void> {
    // What runs next runs on the same connection, and fails with it.
  }

  async release(): Promise<void> {
    await this.runner.query('SELECT RELEASE_LOCK(?)', [await this.#named()]);
  }

  drop(): void {
    // It goes with the runner's connection.
  }

  /** Lock names are per server and at most 64 characters long. */
  async #named(): Promise<string> {
    if (this.#name) return this.#name;
    const [row]: { name: string }[] = await this.runner.query('SELECT DATABASE() AS name');
    const digest = createHash('sha256')
      .update(row?.name ?? '')
      .digest('hex');
    this.#name = `eggy:${digest.slice(0, 24)}`;
    return this.#name;
  }
}

/** No lock at all: each statement counts as done when another process has done it. */
export class NoServerLock implements ServerLock {
  async tryFor1Second(): Promise<boolean> {
    return true;
  }

  async holder(): Promise<string> {
    return '';
  }

  async check(): Promise<void> {
    // Nothing can be lost.
  }

  async release(): Promise<void> {
    // Nothing was taken.
  }

  drop(): void {
    // Nothing was taken.
  }
}
