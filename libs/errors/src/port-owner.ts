import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

/** The search only serves a message, so it is given up after this. */
const LONGEST_SEARCH_MS = 500;
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const LISTENING = '0A';

/**
 * Who listens on a TCP port of this machine, as a part of a sentence: "`nginx` (pid 4711)" or "this process itself".
 * `undefined` where that cannot be found out: on other systems than Linux, for a process of another user, in another
 * container, after half a second. Never rejects.
 */
export async function portOwner(port: number): Promise<string | undefined> {
  try {
    const links = new Set((await Promise.all(TABLES.map((table) => listeners(table, port)))).flat());
    const pid = links.size > 0 ? await holderOf(links) : undefined;
    if (pid === undefined) return undefined;
    if (pid === String(process.pid)) return 'this process itself';
    return `\`${await programOf(pid)}\` (pid ${pid})`;
  } catch {
    return undefined;
  }
}

/** The sockets that listen on a port, as the descriptors of their processes link to them. */
async function listeners(table: string, port: number): Promise<string[]> {
  const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTENING && portOf(local) === port)
    .map((fields) => `socket:[${fields[9]}]`);
}

/** Addresses are hexadecimal: `0100007F:1F90`. */
function portOf(address = ''): number {
  return Number.parseInt(address.slice(address.indexOf(':') + 1), 16);
}

async function holderOf(links: ReadonlySet<string>): Promise<string | undefined> {
  const until = performance.now() + LONGEST_SEARCH_MS;
  for (const pid of await readdir('/proc')) {
    if (performance.now() > until) return undefined;
    if (/^\d+$/.test(pid) && (await holds(pid, links))) return pid;
  }
  return undefined;
}

/** Descriptors of processes of other users cannot be read, and a process may end meanwhile. */
async function holds(pid: string, links: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  const targets = await Promise.all(descriptors.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return targets.some((target) => links.has(target));
}

/** By its executable, as node and others give their main thread a name of its own. */
async function programOf(pid: string): Promise<string> {
  const path = await readlink(`/proc/${pid}/exe`);
  return basename(path.replace(/ \(deleted\)$/, ''));
}
