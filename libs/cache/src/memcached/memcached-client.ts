import { CacheUnavailableError } from '../cache.errors.js';
import type { PpClass, PpClient, PpOptions } from './memcache-pp.js';
import type { LinkOptions } from './memcached-link.js';
import { MemcachedServer } from './memcached-server.js';

/** What memcache-pp has no option for; like all of its options they become properties of the client. */
export interface ClientOptions extends PpOptions {
  connectTimeout: number;
  access: LinkOptions['access'];
  onChange: LinkOptions['onChange'];
}

/** memcache-pp's client with {@link MemcachedServer} in the place of its own connections. */
export interface MemcachedClient extends PpClient {
  connections: Record<string, MemcachedServer>;
  /** What the servers that keep the keys have of them; rejects when none of these could be asked. */
  getMany(keys: readonly string[]): Promise<Map<string, Buffer>>;
}

const COMMANDS = new Set(['get', 'set', 'add', 'delete', 'incr']);

/**
 * A subclass of memcache-pp's client that keeps its interface, options, hash ring and flags, and none of its wire code,
 * which reads values line by line: a cached `''` or `END` ends the process, and a connection that breaks inside a
 * reply hands its rest to the next reader.
 */
export function hardened(MemcachePp: PpClass): new (options: ClientOptions) => MemcachedClient {
  return class HardenedClient extends MemcachePp {
    declare connections: Record<string, MemcachedServer>;
    declare connectTimeout: ClientOptions['connectTimeout'];
    declare access: ClientOptions['access'];
    declare onChange: ClientOptions['onChange'];

    /** Called by memcache-pp's constructor, before any field of this class is there. */
    override connectToHosts(): void {
      for (const host of this.hosts) {
        this.connections[host] = new MemcachedServer(host, {
          timeoutMs: this.netTimeout,
          connectTimeoutMs: this.connectTimeout,
          longestBackoffMs: this.backoffLimit,
          largestValue: this.maxValueSize,
          access: this.access,
          onChange: this.onChange,
        });
      }
      // With no host left to connect to, the original only builds the ring over `connections`.
      const { hosts } = this;
      this.hosts = [];
      super.connectToHosts();
      this.hosts = hosts;
    }

    /** The original waits until all servers are up, without end and without bound. */
    override async run(command: string, [key, ...args]: [string, ...unknown[]]): Promise<unknown> {
      const server = this.serverOf(key) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
      const method = COMMANDS.has(command) ? server[command] : undefined;
      if (!method) throw new CacheUnavailableError('refused', `The command ${command} is not supported`);
      return method.call(server, key, ...args);
    }

    async getMany(keys: readonly string[]): Promise<Map<string, Buffer>> {
      const groups = Map.groupBy(new Set(keys), (key) => this.serverOf(key));
      const answers = await Promise.allSettled([...groups].map(([server, group]) => server.getMany(group)));
      const found = answers.filter((answer) => answer.status === 'fulfilled').map((answer) => answer.value);
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (found.length === 0 && failed) throw failed.reason;
      return new Map(found.flatMap((values) => [...values]));
    }

    serverOf(key: string): MemcachedServer {
      // The ring's own cache is a plain object: asked for `constructor` or `__proto__` it returns what every object has.
      const server = this.connections[this.ring.get(key in Object.prototype ? ` ${key}` : key)];
      if (!server) throw new CacheUnavailableError('closed', 'The connections to memcached are closed');
      return server;
    }
  };
}
