import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinary, requireBinary } from './binaries.js';
import { runsAsRoot } from './owned-process.js';

/** What a server is; TiDB is not among the servers that the tests run on. */
export type DatabaseFlavour = 'mariadb' | 'mysql';

/** Of the workspace, and not under version control. */
const CACHE = join(import.meta.dirname, '../../.cache');
const NAMES = ['mariadbd', 'mysqld'];
const run = promisify(execFile);

/** Whether a server can be started: the one that EGGY_TEST_MYSQLD names, else the machine's own. */
export function hasDatabaseBinary(): boolean {
  return Boolean(process.env['EGGY_TEST_MYSQLD']) || findBinary(...NAMES) !== undefined;
}

/** Full path of the server that the tests start. */
export function databaseBinary(): string {
  return process.env['EGGY_TEST_MYSQLD'] || requireBinary(...NAMES);
}

export async function flavourOfBinary(command: string): Promise<DatabaseFlavour> {
  const { stdout } = await run(command, ['--version']);
  return flavourOf(stdout);
}

/** @param version as the server or its binary tells it */
export function flavourOf(version: string): DatabaseFlavour {
  return version.includes('MariaDB') ? 'mariadb' : 'mysql';
}

/** Fills a new data folder, whose owner is the system user when the tests run as root. */
export async function createDataFolder(
  command: string,
  flavour: DatabaseFlavour,
  data: string,
  user: string,
): Promise<void> {
  const common = ['--no-defaults', `--datadir=${data}`, ...(runsAsRoot ? [`--user=${user}`] : [])];
  if (flavour === 'mysql') return createMysqlData(command, data, common);
  const install = requireBinary('mariadb-install-db', 'mysql_install_db');
  const switches = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'];
  await run(install, [...common, ...switches]);
}

/** It takes ten seconds, and a minute on a busy machine, so the first one of a binary is kept and copied. */
async function createMysqlData(command: string, data: string, common: readonly string[]): Promise<void> {
  const { stdout: version } = await run(command, ['--version']);
  const kept = join(CACHE, `mysql-data-${createHash('sha256').update(version).digest('hex').slice(0, 16)}`);
  if (existsSync(kept)) {
    await run('cp', ['-a', kept, data]);
    return;
  }
  // Waiting for the disk takes half of the time, and nothing has to survive a crash of the machine.
  const quick = ['--innodb-flush-method=nosync', '--skip-innodb-doublewrite', '--innodb-redo-log-capacity=8M'];
  await run(command, [...common, '--initialize-insecure', '--secure-file-priv=NULL', ...quick]);
  const own = `${kept}.${process.pid}`;
  await mkdir(CACHE, { recursive: true });
  await run('cp', ['-a', data, own]);
  // Another process may have been faster.
  await rename(own, kept).catch(() => rm(own, { recursive: true }));
}
