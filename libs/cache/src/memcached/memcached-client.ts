import { CacheUnavailableError } from '../cache.errors.js';
import type { PpClass, PpClient, PpOptions } from './memcache-pp.js';
import type { LinkOptions } from './memcached-link.js';
import { MemcachedServer, type ServerOptions } from './memcached-server.js';
import { Placement } from './placement.js';

/** What memcache-pp has no option for; like all of its options they become properties of the client. */
export interface ClientOptions extends PpOptions {
  connectTimeout: number;
  access: LinkOptions['access'];
  onChange: LinkOptions['onChange'];
  onForgotten: ServerOptions['onForgotten'];
}

/** memcache-pp's client with {@link MemcachedServer} in the place of its own connections. */
export interface MemcachedClient extends PpClient {
  connections: Record<string, MemcachedServer>;
  placement: Placement;
  /** What the servers that keep the keys have of them; rejects when none of these could be asked. */
  getMany(keys: readonly string[]): Promise<Map<string, Buffer>>;
}

type Command = (placement: Placement, key: string, ...args: never[]) => Promise<unknown>;

/** memcache-pp's commands by their names, and those that it does not have. */
const COMMANDS = {
  get: (placement, key) => placement.read(key, (server) => server.get(key)),
  set: (placement, key, value: Buffer, ttl: number) =>
    placement.write(key, (server, most) => server.set(key, value, atMost(most, ttl))),
  add: (placement, key, value: Buffer, ttl: number) =>
    placement.write(key, (server, most) => server.add(key, value, atMost(most, ttl))),
  exchange: (placement, key, former: Buffer, value: Buffer, ttl: number) =>
    placement.write(key, (server, most) => server.exchange(key, former, value, atMost(most, ttl))),
  touch: (placement, key, ttl: number) => placement.touch(key, (server, most) => server.touch(key, atMost(most, ttl))),
  delete: (placement, key) => placement.delete(key),
  incr: (placement, key, by: number) => placement.count(key, (server) => server.incr(key, by)),
  decr: (placement, key, by: number) => placement.count(key, (server) => server.decr(key, by)),
  // A counter that does not exist yet.
  addCounter: (placement, key, by: number, ttl: number) => placement.count(key, (server) => server.add(key, by, ttl)),
} satisfies Record<string, Command>;

/** In memcached 0 is for ever, and dates are larger than any time. */
function atMost(seconds: number, ttl: number): number {
  return ttl === 0 && Number.isFinite(seconds) ? seconds : Math.min(seconds, ttl);
}

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
    declare onForgotten: ClientOptions['onForgotten'];
    declare placement: Placement;

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
          onForgotten: this.onForgotten,
        });
      }
      // With no host left to connect to, the original only builds the ring over `connections`.
      const { hosts } = this;
      this.hosts = [];
      super.connectToHosts();
      this.hosts = hosts;
      this.placement = new Placement(this.ring, this.connections);
    }

    /** The original waits until all servers are up, without end and without bound. */
    override run(name: string, [key, ...args]: [string, ...unknown[]]): Promise<unknown> {
      if (!Object.hasOwn(COMMANDS, name)) {
        throw new CacheUnavailableError('refused', `The command ${name} is not supported`);
      }
      const command: Command = COMMANDS[name as keyof typeof COMMANDS];
      return command(this.placement, key, ...(args as never[]));
    }

    async getMany(keys: readonly string[]): Promise<Map<string, Buffer>> {
      const distinct = new Set(keys);
      const [only, ...others] = Object.values(this.connections);
      if (only && others.length === 0) return only.getMany([...distinct]);
      const groups = Map.groupBy(distinct, (key) => this.placement.current(key));
      const answers = await Promise.allSettled([...groups].map(([server, group]) => server.getMany(group)));
      const found = answers.filter((answer) => answer.status === 'fulfilled').map((answer) => answer.value);
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (found.length === 0 && failed) throw failed.reason;
      return new Map(found.flatMap((values) => [...values]));
    }
  };
}
