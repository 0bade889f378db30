import { CacheUnavailableError } from '../cache.errors.js';
import type { HashRing } from './memcache-pp.js';
import type { MemcachedServer } from './memcached-server.js';

/**
 * Most that a value lives on a server that stands in for another one, in seconds: when that is back, and gone again,
 * what is left there may be older than what was written meanwhile.
 */
const STAND_IN_SECONDS = 10;

/**
 * Which server keeps a key. Its own one by the ring; while that is ejected the next one that is not, for a short time
 * and never counters, which would begin anew. A write that its own server did not get is an eviction that it is owed.
 */
export class Placement {
  constructor(
    private readonly ring: HashRing,
    private readonly servers: Readonly<Record<string, MemcachedServer>>,
  ) {}

  /** The server that is asked for a key now. */
  current(key: string): MemcachedServer {
    const home = this.#home(key);
    return this.#standIn(key, home) ?? home;
  }

  /** Its name, also when the connections are closed. */
  nameOf(key: string): string {
    const name = this.ring.get(onRing(key));
    return this.servers[name] ? this.current(key).link.server : name;
  }

  read<T>(key: string, read: (server: MemcachedServer) => Promise<T>): Promise<T> {
    return read(this.current(key));
  }

  /** @param write gets most that the value may live, in seconds. */
  write<T>(key: string, write: (server: MemcachedServer, mostSeconds: number) => Promise<T>): Promise<T> {
    const home = this.#home(key);
    const standIn = this.#standIn(key, home);
    if (standIn) {
      home.owe(key);
      return orOwe(standIn, key, write(standIn, STAND_IN_SECONDS));
    }
    const written = orOwe(home, key, write(home, Number.POSITIVE_INFINITY));
    this.#clearLeftovers(key, home);
    return written;
  }

  /** Changes nothing of what is stored but its time; see {@link write}. */
  touch<T>(key: string, touch: (server: MemcachedServer, mostSeconds: number) => Promise<T>): Promise<T> {
    const server = this.current(key);
    return touch(server, server === this.#home(key) ? Number.POSITIVE_INFINITY : STAND_IN_SECONDS);
  }

  /** Rejects unless the key's own server has deleted it, also when one that stands in has. */
  async delete(key: string): Promise<boolean> {
    const home = this.#home(key);
    const standIn = this.#standIn(key, home);
    if (standIn) await orOwe(standIn, key, standIn.delete(key)).catch(() => undefined);
    const deleted = orOwe(home, key, home.delete(key));
    this.#clearLeftovers(key, home);
    return deleted;
  }

  /** Only the key's own server counts. */
  count<T>(key: string, count: (server: MemcachedServer) => Promise<T>): Promise<T> {
    return count(this.#home(key));
  }

  /** What another server kept while the key's own one was away would be found again in the next outage. */
  #clearLeftovers(key: string, home: MemcachedServer): void {
    if (performance.now() - home.link.readmittedAt > (STAND_IN_SECONDS + 1) * 1000) return;
    const server = this.#nextTo(key, home);
    if (server) orOwe(server, key, server.delete(key)).catch(() => undefined);
  }

  #home(key: string): MemcachedServer {
    const server = this.servers[this.ring.get(onRing(key))];
    if (!server) throw new CacheUnavailableError('closed', 'The connections to memcached are closed');
    return server;
  }

  #standIn(key: string, home: MemcachedServer): MemcachedServer | undefined {
    return home.link.isEjected ? this.#nextTo(key, home) : undefined;
  }

  #nextTo(key: string, home: MemcachedServer): MemcachedServer | undefined {
    const others = this.ring.range(onRing(key)).map((name) => this.servers[name]);
    return others.find((server) => server && server !== home && !server.link.isEjected);
  }
}

/** A write that may not have reached a server leaves an older value there. */
async function orOwe<T>(server: MemcachedServer, key: string, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof CacheUnavailableError) server.owe(key);
    throw error;
  }
}

/** The ring's own cache is a plain object: asked for `constructor` or `__proto__` it returns what every object has. */
function onRing(key: string): string {
  return key in Object.prototype ? ` ${key}` : key;
}
