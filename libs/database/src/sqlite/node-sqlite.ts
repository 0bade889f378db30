import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { EmbeddedDatabaseError } from '../database.errors.js';

type Row = Record<string, unknown>;

let sqlite: typeof import('node:sqlite') | undefined;

/**
 * Node's own SQLite. Older Nodes warn of it on stderr once; this service chose it, so the warning is held back for
 * exactly as long as this one module loads, which is synchronous.
 */
function nodeSqlite(): typeof import('node:sqlite') {
  if (sqlite) return sqlite;
  const emitWarning = Reflect.get(process, 'emitWarning') as (...args: unknown[]) => void;
  Reflect.set(process, 'emitWarning', (warning: unknown, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  });
  try {
    sqlite = process.getBuiltinModule('node:sqlite');
  } finally {
    Reflect.set(process, 'emitWarning', emitWarning);
  }
  // Typed as always there, but a Node may be built without it.
  if (!sqlite as boolean) {
    throw new EmbeddedDatabaseError(
      `Node ${process.version} has no node:sqlite`,
      'run the service on Node 22.13 or newer',
    );
  }
  return sqlite;
}

interface Options {
  readonly?: boolean;
  /** How long a statement waits for another process, in milliseconds, blocking this one. */
  timeout?: number;
}

/** The part of better-sqlite3's interface that TypeORM's driver of that name uses, over node:sqlite. */
export class NodeSqlite {
  readonly #database: DatabaseSync;

  constructor(file: string, { readonly = false, timeout = 0 }: Options = {}) {
    const { DatabaseSync } = nodeSqlite();
    this.#database = new DatabaseSync(file, { readOnly: readonly, timeout });
  }

  get open(): boolean {
    return this.#database.isOpen;
  }

  /** `undefined` before Node 22.16, which does not tell. */
  get inTransaction(): boolean | undefined {
    return this.#database.isTransaction;
  }

  prepare(sql: string): NodeSqliteStatement {
    return new NodeSqliteStatement(this.#database.prepare(sql), sql);
  }

  pragma(text: string): Row[] {
    return this.#database.prepare(`PRAGMA ${text}`).all();
  }

  exec(sql: string): this {
    this.#database.exec(sql);
    return this;
  }

  close(): void {
    if (this.open) this.#database.close();
  }
}

/** For Nodes before 22.16, whose statements do not tell their columns. */
const READS = /^\s*(?:select|pragma|with|explain|values)\b|\breturning\b/i;

class NodeSqliteStatement {
  /** Whether it answers with rows. */
  readonly reader: boolean;

  constructor(
    private readonly statement: StatementSync,
    sql: string,
  ) {
    this.reader = typeof statement.columns === 'function' ? statement.columns().length > 0 : READS.test(sql);
  }

  all(...values: unknown[]): Row[] {
    return this.statement.all(...values.map(bindable));
  }

  run(...values: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.statement.run(...values.map(bindable));
  }
}

/** node:sqlite takes neither booleans nor dates; a date becomes the text in which TypeORM stores dates. */
function bindable(value: unknown): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '');
  return value as SQLInputValue;
}
