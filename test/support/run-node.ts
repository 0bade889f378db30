import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach } from '@jest/globals';
import { leakedSecrets, withFiles } from './leaked-secrets.js';
import { ended, spawnOwned } from './owned-process.js';
import { waitUntil } from './wait-until.js';

export type LogRecord = Record<string, unknown>;

export interface RunOptions {
  /** Variables of the child; besides them it only gets PATH, HOME, TMPDIR and where Node keeps what it compiled. */
  env?: Record<string, string>;
  /** @default the workspace's root */
  cwd?: string;
  /** Whether it is killed at the end of the test or, for one started in beforeAll, of the file. @default "test" */
  until?: 'test' | 'file';
}

export interface RunNodeOptions extends RunOptions {
  /** Arguments of the program. */
  args?: readonly string[];
  /** Arguments of node itself. */
  execArgv?: readonly string[];
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A record that has at least these fields, or that satisfies the function; a text is the record's `msg`. */
export type LogPattern = string | LogRecord | ((record: LogRecord) => boolean);

type MaybeLater<T> = T | undefined | Promise<T | undefined>;

/** A program under test, most often a node one. */
export interface NodeProcess {
  readonly pid: number;
  /** The lines of stdout that are JSON objects, so far. */
  readonly logs: readonly LogRecord[];
  /** All of stdout so far. */
  readonly stdout: string;
  /** All of stderr so far. */
  readonly stderr: string;
  /** Resolves to the first record, past or to come, that matches; rejects when the program ends or time runs out. */
  waitForLog(pattern: LogPattern, timeout?: number): Promise<LogRecord>;
  /** Resolves to the first answer with this status, by default 200; rejects as {@link waitForLog} does. */
  waitForAnswer(url: string, status?: number, timeout?: number): Promise<Response>;
  /** Fetches from the program; where there is no answer, the error tells what became of the program. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  /** Sends a signal to the program alone, not to what it started. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the program has ended and its output was read to the end. */
  readonly exited: Promise<Exit>;
}

const WORKSPACE = join(import.meta.dirname, '../..');
/** Below the limit of a test, so that what the program wrote is told; a start alone may take a third of it on a busy machine. */
const WAIT_TIMEOUT = 25_000;
const ANSWER_TIMEOUT = 2000;
const SHOWN_OUTPUT = 3000;

const running = { test: new Set<ChildProcess>(), file: new Set<ChildProcess>() };
/** What programs have written that they should not have. */
const leaks: string[] = [];
afterEach(() => endAll(running.test));
afterAll(() => endAll(running.file));

/** Whatever a test is about: no program writes a secret that it was given. */
async function endAll(children: Set<ChildProcess>): Promise<void> {
  await killAll(children);
  const found = leaks.splice(0);
  if (found.length > 0) throw new Error(`A program wrote secrets that it was given:\n${found.join('\n')}`);
}

/** Runs a node program on the node that runs the tests; it never outlives its test. */
export function runNode(entry: string, options: RunNodeOptions = {}): NodeProcess {
  const { args = [], execArgv = [], ...rest } = options;
  return runProgram(process.execPath, [...execArgv, entry, ...args], rest);
}

/** Runs a program; neither it nor what it started outlives its test. */
export function runProgram(command: string, args: readonly string[], options: RunOptions = {}): NodeProcess {
  const { env = {}, cwd = WORKSPACE, until = 'test' } = options;
  const child = spawnOwned(command, args, {
    cwd,
    env: { ...inherited('PATH', 'HOME', 'TMPDIR', 'NODE_COMPILE_CACHE'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid === undefined || !child.stdout || !child.stderr) throw new Error(`Could not run ${command}`);
  running[until].add(child);
  // Of files that change while it runs, what is in them first and last.
  const given = withFiles(env);

  const logs: LogRecord[] = [];
  const output = { stdout: '', stderr: '' };
  createInterface({ input: child.stdout }).on('line', (line) => {
    output.stdout += `${line}\n`;
    const record = parseRecord(line);
    if (record) logs.push(record);
  });
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      running[until].delete(child);
      const written = output.stdout + output.stderr;
      const leaked = [...leakedSecrets(written, given), ...leakedSecrets(written, withFiles(env))];
      if (leaked.length > 0) leaks.push(`${leaked.join(', ')} by ${[command, ...args].join(' ')}`);
      exit = { code, signal };
      resolve(exit);
    });
  });
  const told = () => `${output.stdout.slice(-SHOWN_OUTPUT)}${output.stderr.slice(-SHOWN_OUTPUT)}`;

  const waitFor = async <T extends object>(find: () => MaybeLater<T>, what: string, timeout = WAIT_TIMEOUT) => {
    const look = async () => {
      // Looked at before: what the program wrote last still counts.
      const over = exit;
      const found = await Promise.resolve(find()).catch(() => undefined);
      return found ?? (over && 'ended');
    };
    const found = await waitUntil(look, { timeout, interval: 5, what }).catch((cause: unknown) => {
      throw new Error(`Waited ${timeout} ms in vain for ${what}; the program wrote:\n${told()}`, { cause });
    });
    if (found !== 'ended') return found;
    throw new Error(`The program ended with ${exit?.signal ?? exit?.code} before ${what}; it wrote:\n${told()}`);
  };

  return {
    pid: child.pid,
    logs,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    exited,
    signal: (signal) => void child.kill(signal),
    waitForLog(pattern, timeout) {
      const what = `the log record ${typeof pattern === 'function' ? pattern.toString() : JSON.stringify(pattern)}`;
      return waitFor(() => logs.find((record) => matches(record, pattern)), what, timeout);
    },
    waitForAnswer(url, status = 200, timeout) {
      const ask = async () => {
        const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
        if (answer.status === status) return answer;
        await answer.body?.cancel();
        return undefined;
      };
      return waitFor(ask, `${status} from ${url}`, timeout);
    },
    fetch: (url, init) =>
      fetch(url, init).catch((cause: unknown) => {
        const state = exit ? `ended with ${exit.signal ?? exit.code}` : 'has not ended';
        throw new Error(`No answer from ${url}; the program ${state} and wrote:\n${told()}`, { cause });
      }),
  };
}

async function killAll(children: Set<ChildProcess>): Promise<void> {
  for (const child of children) killGroup(child);
  await Promise.all([...children].map(ended));
  children.clear();
}

/** Each program leads a process group of its own, so that what it started goes with it. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended by itself.
  }
}

function inherited(...names: string[]): Record<string, string> {
  const entries = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function parseRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return undefined;
  }
}

function matches(record: LogRecord, pattern: LogPattern): boolean {
  if (typeof pattern === 'function') return pattern(record);
  const wanted = typeof pattern === 'string' ? { msg: pattern } : pattern;
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(record[key], value));
}
