import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { createDataFolder, databaseBinary, type DatabaseFlavour, flavourOfBinary } from './database-binary.js';
import { goDsn, type ServerAddress, urlDsn } from './dsn.js';
import { freePort } from './free-port.js';
import { idsOf, runsAsRoot } from './owned-process.js';
import { ServerProcess } from './server-process.js';

/** A throw-away MariaDB (or MySQL) server with its own data folder, bound to 127.0.0.1. */
export interface TestMariaDb extends AsyncDisposable {
  readonly address: ServerAddress;
  readonly flavour: DatabaseFlavour;
  /** DSN in Go form; without an argument it names no database. */
  dsn(database?: string): string;
  /** DSN in URL form. */
  url(database?: string): string;
  /** Freezes the server: sockets stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends the server as a crash does; its data stay. */
  kill(): Promise<void>;
  /** Brings a killed server back with its data on the same port, or stops and starts a running one. */
  restart(): Promise<void>;
  /** Gives a server with TLS other certificates, which the connections that are made from then on get. */
  renewTls(tls: ServerTls): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** In PEM. */
export interface ServerTls {
  cert: string;
  key: string;
  /** Authority of the certificates of clients. */
  ca: string;
}

export interface TestMariaDbOptions {
  /** Lets clients choose TLS. @default a server without it */
  tls?: ServerTls;
  /** More options of the server, as `--name=value`. @default none */
  options?: readonly string[];
}

const SYSTEM_USER = 'mysql';
const ADMIN = { user: 'eggy', password: 'eggy:p@ss/word' };

/** What only one kind of server has to be told. */
const OPTIONS: Record<DatabaseFlavour, { always: readonly string[]; withoutTls: readonly string[] }> = {
  mariadb: { always: [], withoutTls: [] },
  // It would make itself certificates.
  mysql: { always: ['--mysqlx=OFF', '--secure-file-priv=NULL'], withoutTls: ['--tls-version='] },
};
const RELOAD_TLS: Record<DatabaseFlavour, string> = { mariadb: 'FLUSH SSL', mysql: 'ALTER INSTANCE RELOAD TLS' };

/** Starts a private server; MariaDB takes about two seconds, MySQL ten. Its user may do everything, also create users. */
export async function startMariaDb({ tls, options = [] }: TestMariaDbOptions = {}): Promise<TestMariaDb> {
  const command = databaseBinary();
  const flavour = await flavourOfBinary(command);
  const folder = await mkdtemp(join(tmpdir(), 'eggy-mariadb-'));
  const address: ServerAddress = { host: '127.0.0.1', port: await freePort(), ...ADMIN };
  // A server that starts deletes what it takes for left-overs in the folder, also those that another one uses.
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const initFile = join(folder, 'init.sql');
  await writeFile(
    initFile,
    `CREATE USER IF NOT EXISTS '${ADMIN.user}'@'%' IDENTIFIED BY '${ADMIN.password}';\n` +
      `GRANT ALL PRIVILEGES ON *.* TO '${ADMIN.user}'@'%' WITH GRANT OPTION;\n`,
  );
  if (runsAsRoot) {
    const { uid, gid } = idsOf(SYSTEM_USER);
    await chown(folder, uid, gid);
    await chown(initFile, uid, gid);
    await chown(temporary, uid, gid);
  }
  const data = join(folder, 'data');
  await createDataFolder(command, flavour, data, SYSTEM_USER);
  const tlsFiles = (['ca', 'cert', 'key'] as const).map((name) => ({ name, file: join(folder, `${name}.pem`) }));
  const writeTls = async (material: ServerTls): Promise<void> => {
    for (const { name, file } of tlsFiles) {
      await writeFile(file, material[name], { mode: 0o600 });
      if (runsAsRoot) await chown(file, idsOf(SYSTEM_USER).uid, idsOf(SYSTEM_USER).gid);
    }
  };
  if (tls) await writeTls(tls);

  const server = new ServerProcess({
    name: flavour,
    command,
    user: SYSTEM_USER,
    args: [
      '--no-defaults',
      `--datadir=${data}`,
      `--tmpdir=${temporary}`,
      `--socket=${join(folder, 'sock')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--init-file=${initFile}`,
      `--port=${address.port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--skip-log-bin',
      '--character-set-server=utf8mb4',
      '--innodb-buffer-pool-size=64M',
      '--innodb-flush-log-at-trx-commit=0',
      ...OPTIONS[flavour].always,
      ...(tls ? tlsFiles.map(({ name, file }) => `--ssl-${name}=${file}`) : OPTIONS[flavour].withoutTls),
      ...options,
    ],
    ready: async () => {
      const connection = await createConnection({ ...address, connectTimeout: 2000 });
      await connection.end();
    },
  });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    flavour,
    dsn: (database = '') => goDsn(address, database),
    url: (database = '') => urlDsn(address, database),
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    restart: async () => {
      await server.stop();
      await server.start();
    },
    renewTls: async (material) => {
      await writeTls(material);
      const connection = await createConnection({ ...address, connectTimeout: 5000 });
      await connection.query(RELOAD_TLS[flavour]);
      await connection.end();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
