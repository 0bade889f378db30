import { createRequire } from 'node:module';
import { CacheClientError } from '../cache.errors.js';

/** What memcache-pp asks of one server's connection; it calls the commands by name. */
export interface PpConnection {
  disconnect(): void;
}

/** The options of memcache-pp that mean something here; all of them become properties of the client. */
export interface PpOptions {
  /** Servers; their names place keys on the ring. */
  hosts: string[];
  /** Deadline of an operation in milliseconds. */
  netTimeout: number;
  /** Most that a reconnect waits, in milliseconds. */
  backoffLimit: number;
  /** Largest value in bytes. */
  maxValueSize: number;
  /** Queue operations while a server is down. */
  queue: false;
}

/** Names of servers by key. */
export interface HashRing {
  get(key: string): string;
  /** All of them, in the order in which they would stand in for each other. */
  range(key: string): string[];
}

/** The part of memcache-pp's client that this package builds on. It ships no types. */
export interface PpClient extends PpOptions {
  connections: Record<string, PpConnection>;
  ring: HashRing;
  connectToHosts(): void;
  run(command: string, args: unknown[]): Promise<unknown>;
  get(key: string): Promise<unknown>;
  set(key: string, value: Buffer, ttlSeconds: number): Promise<unknown>;
  add(key: string, value: Buffer | number, ttlSeconds: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  incr(key: string, by: number): Promise<unknown>;
  decr(key: string, by: number): Promise<unknown>;
  disconnect(): Promise<unknown>;
}

export type PpClass = new (options: PpOptions) => PpClient;

const VERSION = '0.3.3';
/** Methods that we replace or that have to lead to those. */
const SEAMS = ['connect', 'connectToHosts', 'run', 'get', 'set', 'add', 'delete', 'incr', 'decr', 'disconnect'];

/**
 * Loads memcache-pp, which only a service with memcached servers needs.
 *
 * @throws CacheClientError unless it is the version whose every line our replacement of its wire code was read against.
 */
export function loadMemcachePp(): PpClass {
  const require = createRequire(import.meta.url);
  try {
    const { version } = require('memcache-pp/package.json') as { version: string };
    return checkMemcachePp(require('memcache-pp'), version);
  } catch (cause) {
    throw cause instanceof CacheClientError ? cause : new CacheClientError('it cannot be loaded', cause);
  }
}

/** @throws CacheClientError */
export function checkMemcachePp(loaded: unknown, version: string): PpClass {
  if (version !== VERSION) throw new CacheClientError(`version ${version} is installed`);
  const prototype: Record<string, unknown> = (typeof loaded === 'function' && loaded.prototype) || {};
  const missing = SEAMS.filter((name) => typeof prototype[name] !== 'function');
  if (missing.length > 0) throw new CacheClientError(`it has no method ${missing.join(', ')}`);
  return loaded as PpClass;
}
