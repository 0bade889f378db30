import { connect } from 'node:net';
import { requireBinary } from './binaries.js';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

/** A throw-away memcached, bound to 127.0.0.1. */
export interface TestMemcached extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `host:port`, as CACHE_SERVERS takes it. */
  readonly address: string;
  /** Freezes the server: sockets stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends the server as a crash does. */
  kill(): Promise<void>;
  /** Brings the server back, empty, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface MemcachedOptions {
  /** Megabytes it may hold. @default 64 */
  memory?: number;
}

export async function startMemcached({ memory = 64 }: MemcachedOptions = {}): Promise<TestMemcached> {
  const host = '127.0.0.1';
  const port = await freePort();
  const server = new ServerProcess({
    name: 'memcached',
    command: requireBinary('memcached'),
    user: 'nobody',
    args: [`--listen=${host}`, `--port=${port}`, '--udp-port=0', `--memory-limit=${memory}`],
    ready: () => answersVersion(host, port),
  });
  await server.start();
  // An orderly stop takes memcached up to a second, and there is nothing to save.
  const stop = () => server.kill();
  return {
    host,
    port,
    address: `${host}:${port}`,
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    restart: async () => {
      await server.stop();
      await server.start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function answersVersion(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 2000 });
    socket.once('connect', () => socket.write('version\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      if (data.toString().startsWith('VERSION')) resolve();
      else reject(new Error(`Expected memcached, got ${JSON.stringify(data.toString())}`));
    });
    socket.once('timeout', () => socket.destroy(new Error('timeout')));
    socket.once('error', reject);
  });
}
