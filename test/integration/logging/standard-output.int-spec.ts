import { type ChildProcess, execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { spawnOwned } from '../../support/owned-process.js';
import { runNode } from '../../support/run-node.js';

const CHATTY = join(import.meta.dirname, 'chatty.mjs');

const folder = mkdtempSync(join(tmpdir(), 'standard-output-'));
afterAll(() => rmSync(folder, { recursive: true }));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Runs it with its output in a pipe, as container runtimes do; what happens to the other end is the caller's. */
function intoPipe(way: string): { reader: number; ended: Promise<{ code: number | null; stderr: string }> } {
  const path = join(folder, `pipe-${way}-${children.length}-${Math.random()}`);
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const child = spawnOwned(process.execPath, [CHATTY, way], { stdio: ['ignore', writer, 'pipe'] });
  closeSync(writer);
  children.push(child);
  let stderr = '';
  child.stderr?.on('data', (part: Buffer) => (stderr += part.toString()));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stderr }));
  });
  return { reader, ended };
}

const numbers = (logs: readonly Record<string, unknown>[]): unknown[] =>
  logs.map(({ at }) => at).filter((at) => at !== undefined);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe('standard output', () => {
  it.each([
    ['exit', 3, 2000],
    ['return', 0, 2000],
    ['exit-listener', 0, 3],
    ['crash', 1, 10],
  ])('loses no record when the process ends by %s', async (way, code, count) => {
    const program = runNode(CHATTY, { args: [way] });
    expect((await program.exited).code).toBe(code);
    expect(numbers(program.logs)).toEqual(upTo(count));
  });

  it('is written out at a fatal record, whatever happens then', async () => {
    const program = runNode(CHATTY, { args: ['fatal'] });
    expect((await program.exited).signal).toBe('SIGKILL');
    expect(numbers(program.logs)).toEqual(upTo(10));
    expect(program.logs.at(-1)).toMatchObject({ level: 'fatal', msg: 'the end' });
  });

  it('tells at the end how many records alike were left out', async () => {
    const program = runNode(CHATTY, { args: ['alike-errors'] });
    await program.exited;
    expect(numbers(program.logs)).toEqual(upTo(100));
    expect(program.logs.at(-1)).toMatchObject({ of_level: 'error', text: 'the queue is full', count: 150 });
  });

  it('loses no line in the console format', async () => {
    const program = runNode(CHATTY, { args: ['exit', 'console'] });
    await program.exited;
    expect(program.stdout.match(/said/g)).toHaveLength(2000);
    expect(program.stdout).not.toContain('{"level"');
  });

  it('does not stop the program when nobody reads it any more', async () => {
    const { reader, ended } = intoPipe('flood');
    closeSync(reader);
    expect(await ended).toEqual({ code: 0, stderr: 'still alive\n' });
  });

  it('does not stop the program, nor its end, when its reader stands still', async () => {
    const { reader, ended } = intoPipe('flood');
    expect(await ended).toEqual({ code: 0, stderr: 'still alive\n' });
    closeSync(reader);
  });
});
