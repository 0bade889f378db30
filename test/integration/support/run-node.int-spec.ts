import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runNode, runProgram } from '../../support/run-node.js';
import { waitUntil } from '../../support/wait-until.js';

const PROGRAM = `
  process.on('SIGTERM', () => { console.log(JSON.stringify({ msg: 'bye' })); process.exit(3); });
  setInterval(() => {}, 1000);
  console.error('to stderr');
  console.log('not json');
  console.log(JSON.stringify({ msg: 'up', given: process.env.GIVEN, inherited: process.env.JEST_WORKER_ID }));
`;

describe('runNode', () => {
  let folder: string;
  let entry: string;
  let leftBehind: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eggy-run-node-'));
    entry = join(folder, 'program.mjs');
    await writeFile(entry, PROGRAM);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('collects the records, the output and the exit code', async () => {
    const program = runNode(entry, { env: { GIVEN: 'yes' } });

    expect(await program.waitForLog('up')).toEqual({ msg: 'up', given: 'yes' });
    program.signal('SIGTERM');

    expect(await program.exited).toEqual({ code: 3, signal: null });
    expect(program.logs.map(({ msg }) => msg)).toEqual(['up', 'bye']);
    expect(program.stdout).toContain('not json\n');
    expect(program.stderr).toBe('to stderr\n');
  });

  it('tells at once that the program ended before the record came, with what it wrote', async () => {
    const program = runNode(entry);
    await program.waitForLog({ msg: 'up' });
    program.signal('SIGKILL');

    await expect(program.waitForLog('never')).rejects.toThrow(/ended with SIGKILL before .*never[^]*to stderr/);
  });

  it('tells what the program wrote when the record does not come', async () => {
    const program = runNode(entry);
    await program.waitForLog('up');

    await expect(program.waitForLog('never', 50)).rejects.toThrow(/Waited 50 ms[^]*"msg":"up"/);
    leftBehind = program.pid;
  });

  it('kills what a test left behind', () => {
    expect(() => process.kill(leftBehind, 0)).toThrow('ESRCH');
  });
});

describe('runProgram', () => {
  let grandchild: number;

  it('runs any command', async () => {
    const program = runProgram('sh', ['-c', 'sleep 60 & echo "{\\"pid\\":$!}"; wait']);

    grandchild = Number((await program.waitForLog(({ pid }) => typeof pid === 'number'))['pid']);

    expect(() => process.kill(grandchild, 0)).not.toThrow();
  });

  it('kills what a program started too', async () => {
    expect(await waitUntil(() => isGone(grandchild), { what: 'the grandchild to be gone' })).toBe(true);
  });
});

/** A zombie is gone too: nobody may be there to reap an orphan. */
function isGone(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
