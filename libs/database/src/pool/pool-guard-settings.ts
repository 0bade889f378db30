import type { SslOptions } from 'mysql2';
import type { Operations } from '../telemetry/operations.js';
import type { HeldConnections } from './held-connections.js';
import type { StatementLimit } from './statement-limit.js';

export interface PoolGuardSettings {
  /** Of the pool, in metrics. */
  name: string;
  /** Most connections. */
  limit: number;
  /** Most requests that wait for one. */
  mostWaiting: number;
  /** 0 is none, here and below. */
  acquireTimeoutMs: number;
  queryTimeoutMs: number;
  maxLifetimeMs: number;
  /** Statement that each session begins with. */
  session: string | undefined;
  statementLimit: StatementLimit | undefined;
  operations: Operations;
  /** Watches how long connections are held; absent: nobody does. */
  held: HeldConnections | undefined;
  /** The error that a failed attempt to connect is told as. */
  connectFailure(error: Error): Error;
  /** Opens a connection that is none of the pool and ends it again; rejects when the server does not answer. */
  askServer(credentials: { user: string; password: string }, signal: AbortSignal): Promise<unknown>;
  /** TLS of the next connection; `undefined` when it is plain. Does not throw. */
  tls(): SslOptions | undefined;
}

/** What is told of the pool, beside its statistics. */
export interface PoolEvents {
  /** A connection was handed out, after so long. */
  acquired?(waitMs: number): void;
  acquireTimedOut?(): void;
}
