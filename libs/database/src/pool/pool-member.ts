import type { PoolConnection } from 'mysql2';
import type { GuardedConnection } from './guarded-connection.js';

/** A connection of the pool, and what is known of it. */
export interface PoolMember {
  guarded: GuardedConnection;
  /** Somebody holds it. */
  taken: boolean;
  idleSince: number;
  /** Ends the watch over how long it is held. */
  unwatch?: (() => void) | undefined;
  /** When it is too old, on the clock of performance.now(). */
  retireAt: number;
}

const JITTER = 0.1;

/** 10 % more or less, so that connections that were made together do not go together. 0 is for ever. */
export function lifetimeFrom(maxLifetimeMs: number): number {
  if (maxLifetimeMs === 0) return Infinity;
  return maxLifetimeMs * (1 - JITTER + 2 * JITTER * Math.random());
}

/** False once it has left the pool: mysql2 then forgets the way back. */
export function isAlive(connection: PoolConnection): boolean {
  return Reflect.get(connection, '_pool') !== null;
}
