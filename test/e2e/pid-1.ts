import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { type NodeProcess, runProgram } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';

const NAMESPACE = ['--pid', '--fork', '--mount-proc'];

/** Why no process can be PID 1 of a namespace of its own here; undefined where it can. */
export const noPid1 = attempt();

function attempt(): string | undefined {
  try {
    execFileSync('unshare', [...NAMESPACE, 'true'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Runs a node program as PID 1, as the command of a container is. */
export function runAsPid1(args: readonly string[], env: Record<string, string>): NodeProcess {
  return runProgram('unshare', [...NAMESPACE, process.execPath, ...args], { env });
}

/** Its process, by the number that it has outside of its namespace. */
export async function pidOutside(program: NodeProcess): Promise<number> {
  const list = `/proc/${program.pid}/task/${program.pid}/children`;
  return waitUntil(async () => Number(await readFile(list, 'utf8')) || undefined, { what: list });
}
