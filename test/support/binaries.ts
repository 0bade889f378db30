import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runsAsRoot } from './owned-process.js';

/** Servers live in sbin, which is not on every PATH. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];

/** The full path of the first of these commands that the machine has. */
export function findBinary(...names: readonly string[]): string | undefined {
  return names.flatMap((name) => FOLDERS.map((folder) => join(folder, name))).find(isExecutable);
}

/** Like {@link findBinary}; what is missing is an error that says what to do. */
export function requireBinary(...names: readonly string[]): string {
  const found = findBinary(...names);
  if (!found) throw new Error(`None of ${names.join(', ')} is on this machine. Fix: ${WHAT_TO_DO}.`);
  return found;
}

const WHAT_TO_DO =
  'install mariadb-server, memcached, chromium and prometheus; running test servers may stand in for the first two by EGGY_TEST_MYSQL_DSN and EGGY_TEST_MEMCACHED';

/** Names under which systems have Chromium. */
export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'];

/** Whether {@link installWithApt} can do anything on this machine. */
export function canInstall(): boolean {
  return findBinary('apt-get') !== undefined && runsAsRoot && existsSync('/etc/debian_version');
}

/** Installs Debian packages when that is possible (root, apt); says so in one line. Never asks, never retries. */
export function installWithApt(packages: readonly string[]): void {
  const apt = findBinary('apt-get');
  if (!apt || !canInstall()) {
    throw new Error(
      `The tests need ${packages.join(' and ')}, and only root on Debian can install it. Fix: ${WHAT_TO_DO}.`,
    );
  }
  process.stderr.write(`Installing ${packages.join(' and ')} with apt-get, as the tests need real servers.\n`);
  run(apt, ['update', '-qq']);
  run(apt, ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
}

function run(apt: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(apt, args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new Error(`apt-get ${args.join(' ')} failed: ${stderr.trim().slice(-500)}. Fix: ${WHAT_TO_DO}.`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
