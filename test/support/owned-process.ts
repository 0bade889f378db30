import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { existsSync } from 'node:fs';

export const runsAsRoot: boolean = process.getuid?.() === 0;

const SETPRIV = '/usr/bin/setpriv';

/**
 * Spawns a process that does not outlive this one: where Linux' setpriv is there, the kernel kills it when its parent
 * dies, however that comes about. setpriv replaces itself by the command, so the pid is the command's own.
 *
 * @param user system user that the process runs as; only used when this process is root.
 */
export function spawnOwned(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
  user?: string,
): ChildProcess {
  const identity = user && runsAsRoot ? idsOf(user) : undefined;
  // The switch that both mariadbd and memcached know: they drop root themselves where setpriv is missing.
  if (!existsSync(SETPRIV)) return spawn(command, identity ? [...args, `--user=${user}`] : args, options);
  const asUser = identity ? [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, '--init-groups'] : [];
  return spawn(SETPRIV, [...asUser, '--pdeathsig', 'KILL', '--', command, ...args], options);
}

/** Numeric ids of a system user. */
export function idsOf(user: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Resolves when the process has ended, at once if it already has. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
  });
}
