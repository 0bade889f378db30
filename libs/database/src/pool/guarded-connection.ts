import { EggyError } from '@eggybyte/errors';
import type { PoolConnection } from 'mysql2';
import { hangUp } from '../connection/hang-up.js';
import { countOf } from '../telemetry/count-of.js';
import { fingerprint } from '../telemetry/fingerprint.js';
import type { Operations } from '../telemetry/operations.js';
import { MeasuredStreams } from './measured-streams.js';
import { QueryTimeoutError } from './pool.errors.js';
import { isStoppedByServer, serverLimitMs, type StatementLimit } from './statement-limit.js';

type Callback = (error: Error | null, rows?: unknown, fields?: unknown) => void;
type Send = (...args: unknown[]) => unknown;

export interface GuardedConnectionSettings {
  /** 0 is none. */
  queryTimeoutMs: number;
  limit: StatementLimit | undefined;
  operations: Operations;
  onTimeout(): void;
  onSuccess(): void;
}

/**
 * ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE: the server is no longer the
 * primary. mysql2 looks at them in pool.query() only, which TypeORM does not use.
 */
const READ_ONLY = new Set<unknown>([1290, 1792, 1836]);

const ignored = (): void => undefined;

/**
 * Puts a deadline on what is asked of a connection by `query` and `execute` with a callback, and measures it. A
 * statement that goes beyond it ends with a QueryTimeoutError, and the connection with it: its answer may come at any
 * time, to whoever would use it next. Streams are measured, and take as long as they take.
 */
export class GuardedConnection {
  readonly #query: Send;
  readonly #streams: MeasuredStreams;
  #exempt = false;

  constructor(
    readonly connection: PoolConnection,
    private readonly settings: GuardedConnectionSettings,
  ) {
    const query = connection.query.bind(connection) as unknown as Send;
    const execute = connection.execute.bind(connection) as unknown as Send;
    this.#query = query;
    this.#streams = new MeasuredStreams(connection, settings.operations, () => settings.onSuccess());
    Object.assign(connection, {
      query: (...args: unknown[]) => this.#send(query, args),
      execute: (...args: unknown[]) => this.#send(execute, args),
    });
  }

  /** Its statements take as long as they take from now on, on this side and on the server. */
  get exempt(): boolean {
    return this.#exempt;
  }

  exemptFromTimeout(): void {
    if (this.#exempt) return;
    this.#exempt = true;
    this.#limit(0);
  }

  /** Begins the session, before anything that the pool hands the connection out for. */
  begin(session: string | undefined): void {
    const { connection } = this;
    // With another time zone than the one asked for it is of no use to anybody.
    if (session) this.#query(session, (error: Error | null) => error && hangUp(connection, error));
    if (this.settings.queryTimeoutMs > 0) this.#limit(this.settings.queryTimeoutMs);
  }

  #send(send: Send, args: unknown[]): unknown {
    const [first] = args;
    const options = typeof first === 'object' && first !== null ? (first as QueryOptions) : undefined;
    const last = args.length - 1;
    if (typeof args[last] === 'function') {
      const { timeout, ...rest } = options ?? {};
      if (timeout !== undefined) args[0] = rest;
      const guard = this.#guard(args[last] as Callback, String(options ? options.sql : first), timeout);
      args[last] = guard.settle;
      return guard.start(() => send(...args));
    }
    if (!options?.onResult) {
      const sql = String(options ? options.sql : first);
      return this.#streams.measure(sql, () => this.#limited(0, () => send(...args)));
    }
    // A command that was made before, by pool.query().
    const guard = this.#guard(options.onResult, String(options.sql), options.timeout);
    Object.assign(options, { onResult: guard.settle, timeout: undefined });
    return guard.start(() => send(...args));
  }

  #guard(callback: Callback, sql: string, timeout: number | undefined) {
    const { settings } = this;
    const timeoutMs = timeout ?? (this.#exempt ? 0 : settings.queryTimeoutMs);
    const operation = settings.operations.begin(sql);
    let timer: NodeJS.Timeout | undefined;
    let settled = false;
    const settle: Callback = (failure, rows, fields) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      const error = failure ? this.#failure(failure, sql, operation.durationMs) : undefined;
      if (!error) settings.onSuccess();
      operation.end(error, error ? undefined : countOf(rows));
      if (error) callback(error);
      else callback(null, rows, fields);
    };
    const expire = (): void => {
      if (settled) return;
      settings.onTimeout();
      const error = new QueryTimeoutError(timeoutMs, undefined, settings.operations.dataSource);
      hangUp(this.connection, error);
      settle(error);
    };
    const start = (send: () => unknown): unknown => {
      const command = timeout === undefined ? send() : this.#limited(timeoutMs, send);
      // What is there already when this process was the busy one is taken first.
      if (timeoutMs > 0 && !settled) timer = setTimeout(() => setImmediate(expire), timeoutMs);
      return command;
    };
    return { settle, start };
  }

  #failure(error: Error, sql: string, durationMs: number): Error {
    if (error instanceof EggyError) return error;
    // mysql2 hangs the statement on its errors, with the values in it.
    if ('sql' in error) error.sql = fingerprint(sql);
    const { errno } = error as { errno?: unknown };
    if (isStoppedByServer(error)) {
      this.settings.onTimeout();
      return new QueryTimeoutError(Math.floor(durationMs), error, this.settings.operations.dataSource);
    }
    if (READ_ONLY.has(errno)) hangUp(this.connection, error);
    return error;
  }

  /** The commands of a connection run one after the other, so that the limits hold for this one alone. */
  #limited(limitMs: number, send: () => unknown): unknown {
    const usualMs = this.#exempt ? 0 : this.settings.queryTimeoutMs;
    if (limitMs === usualMs) return send();
    this.#limit(limitMs);
    const command = send();
    this.#limit(usualMs);
    return command;
  }

  /** A server that knows no such limit is asked in vain, which harms nobody. */
  #limit(timeoutMs: number): void {
    const { limit } = this.settings;
    if (limit) this.#query(limit.set(serverLimitMs(timeoutMs)), ignored);
  }
}

interface QueryOptions {
  sql?: unknown;
  /** Milliseconds; 0 is none. */
  timeout?: number;
  onResult?: Callback;
}
