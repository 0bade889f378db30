import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { requireBinary } from './binaries.js';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

/** A throw-away memcached, bound to 127.0.0.1. */
export interface TestMemcached extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `host:port`, as CACHE_SERVERS takes it. */
  readonly address: string;
  /** Sends commands past everything that is under test, with TLS and credentials as the server wants them. */
  ask(commands: string): Promise<string>;
  /** Connections that it has accepted since its start, this one not counted. */
  connections(): Promise<number>;
  /** Shows another certificate to connections that begin from now on. */
  renew(tls: MemcachedTls): Promise<void>;
  /** Freezes the server: sockets stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends the server as a crash does. */
  kill(): Promise<void>;
  /** Brings the server back, empty, on the same port; only those who have these credentials get in, if any are given. */
  restart(credentials?: MemcachedCredentials): Promise<void>;
  stop(): Promise<void>;
}

/** PEM. */
export interface MemcachedTls {
  cert: string;
  key: string;
  /** Authority that clients need a certificate of. @default none is asked for */
  clientCa?: string;
}

export interface MemcachedCredentials {
  username: string;
  password: string;
}

export interface MemcachedOptions {
  /** Megabytes it may hold. @default 64 */
  memory?: number;
  /** Whether it forgets old values when it is full; else it refuses new ones. @default true */
  evicts?: boolean;
  /** Most connections that it takes, two dozen descriptors of its own among them. @default 1024 */
  connections?: number;
  /** @default plain TCP */
  tls?: MemcachedTls;
  /** Who gets in. @default everybody */
  credentials?: MemcachedCredentials;
}

const HOST = '127.0.0.1';
const CONNECT_TIMEOUT = 2000;

export async function startMemcached(options: MemcachedOptions = {}): Promise<TestMemcached> {
  const { memory = 64, evicts = true, connections = 1024, tls } = options;
  let { credentials } = options;
  const port = await freePort();
  const folder = tls || credentials ? await mkdtemp(join(tmpdir(), 'eggy-memcached-')) : undefined;
  if (folder) await chmod(folder, 0o755);
  const file = (name: string) => join(folder ?? '', name);
  const writeTls = async ({ cert, key, clientCa }: MemcachedTls) => {
    await writeFile(file('cert.pem'), cert);
    await writeFile(file('key.pem'), key);
    if (clientCa) await writeFile(file('client-ca.pem'), clientCa);
  };
  const writeCredentials = ({ username, password }: MemcachedCredentials) =>
    writeFile(file('users'), `${username}:${password}\n`);
  if (tls) await writeTls(tls);
  if (credentials) await writeCredentials(credentials);

  const open = () => openConnection(port, tls !== undefined);
  const server = new ServerProcess({
    name: 'memcached',
    command: requireBinary('memcached'),
    user: 'nobody',
    args: [
      `--listen=${HOST}`,
      `--port=${port}`,
      '--udp-port=0',
      `--memory-limit=${memory}`,
      `--conn-limit=${connections}`,
      ...(evicts ? [] : ['--disable-evictions']),
      ...(tls ? ['--enable-ssl', `--extended=ssl_chain_cert=${file('cert.pem')},ssl_key=${file('key.pem')}`] : []),
      ...(tls?.clientCa ? [`--extended=ssl_verify_mode=2,ssl_ca_cert=${file('client-ca.pem')}`] : []),
      ...(credentials ? [`--auth-file=${file('users')}`] : []),
    ],
    ready: () => answers(open),
  });
  const ask = async (commands: string) => {
    const socket = await open();
    try {
      if (credentials) {
        const token = `${credentials.username} ${credentials.password}`;
        await exchange(socket, `set credentials 0 -1 ${Buffer.byteLength(token)}\r\n${token}\r\n`);
      }
      return await exchange(socket, commands);
    } finally {
      socket.destroy();
    }
  };
  // An orderly stop takes memcached up to a second, and there is nothing to save.
  const stop = async () => {
    await server.kill();
    if (folder) await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: HOST,
    port,
    address: `${HOST}:${port}`,
    ask,
    connections: async () => {
      const found = /^STAT total_connections (\d+)\r$/m.exec(await ask('stats\r\n'))?.[1];
      return Number(found) - 1;
    },
    renew: async (renewed) => {
      await writeTls(renewed);
      const answer = await ask('refresh_certs\r\n');
      if (answer !== 'OK\r\n') throw new Error(`memcached did not take the certificate: ${answer}`);
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    restart: async (next = credentials) => {
      await server.stop();
      if (next) await writeCredentials(next);
      credentials = next;
      await server.start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Whoever answers: it is our own server, whatever certificate it shows. */
async function openConnection(port: number, overTls: boolean): Promise<Socket> {
  const address = { host: HOST, port, timeout: CONNECT_TIMEOUT };
  const socket = overTls ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address);
  socket.once('timeout', () => socket.destroy(new Error('timeout')));
  await once(socket, overTls ? 'secureConnect' : 'connect');
  // What it fails with later is told to whoever waits for an answer.
  socket.on('error', () => undefined);
  return socket;
}

async function exchange(socket: Socket, commands: string): Promise<string> {
  socket.write(commands);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString();
}

/** A server that asks for a certificate tells so only to whoever sends something, after the handshake. */
async function answers(open: () => Promise<Socket>): Promise<void> {
  const socket = await open();
  try {
    const answer = await exchange(socket, 'version\r\n').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') return 'VERSION';
      throw error;
    });
    if (!/^VERSION|^CLIENT_ERROR unauthenticated/.test(answer)) throw new Error(`Expected memcached, got ${answer}`);
  } finally {
    socket.destroy();
  }
}
