import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startMemcached } from '../../support/memcached.js';
import { type NodeProcess, runNode } from '../../support/run-node.js';
import { startScriptedServer } from './scripted-server.js';

const PROGRAM = join(import.meta.dirname, 'programs/frozen-server.mjs');
const MOST_GROWTH = 5_000_000;
const CLEAN = { code: 0, signal: null };

async function run(address: string, what: 'heap' | 'let-in' | 'close' | 'leave'): Promise<NodeProcess> {
  const program = runNode(PROGRAM, { args: [address, what], execArgv: ['--expose-gc'] });
  await program.waitForLog('ready');
  return program;
}

describe('a process whose memcached is frozen', () => {
  it('has all of 50 000 operations settled, and its heap as it was', async () => {
    await using server = await startMemcached();
    const program = await run(server.address, 'heap');
    server.pause();
    program.signal('SIGUSR2');
    expect(await program.exited).toEqual(CLEAN);
    const measured = await program.waitForLog('measured');
    expect(measured).toMatchObject({ settled: 50_000 });
    expect(Math.abs(Number(measured['grown']))).toBeLessThan(MOST_GROWTH);
    expect(program.stderr).toBe('');
  });

  it('has its heap as it was also when the server still lets everybody in, and answers nothing', async () => {
    let answers = true;
    await using server = await startScriptedServer((commands, socket) => {
      if (answers) socket.write(answersTo(commands));
    });
    const program = await run(server.address, 'let-in');
    answers = false;
    const { connections } = server;
    program.signal('SIGUSR2');
    expect(await program.exited).toEqual(CLEAN);
    const measured = await program.waitForLog('measured');
    expect(measured).toMatchObject({ settled: 50_000 });
    expect(Math.abs(Number(measured['grown']))).toBeLessThan(MOST_GROWTH);
    // Five times it was waited for, and each time but the first that was a new one.
    expect(server.connections).toBeGreaterThanOrEqual(connections + 4);
  });

  it.each(['close', 'leave'] as const)('ends by itself with all operations settled: %s', async (how) => {
    await using server = await startMemcached();
    const program = await run(server.address, how);
    server.pause();
    program.signal('SIGUSR2');
    expect(await program.exited).toEqual(CLEAN);
    expect(await program.waitForLog('settled')).toMatchObject({ settled: 1000 });
  });

  it('ends by itself also while the server is up and nobody has closed the cache', async () => {
    await using server = await startMemcached();
    const program = await run(server.address, 'leave');
    program.signal('SIGUSR2');
    expect(await program.exited).toEqual(CLEAN);
    expect(await program.waitForLog('settled')).toMatchObject({ settled: 1000 });
  });
});

/** As an empty memcached answers. */
function answersTo(commands: string): string {
  const lines = commands.split('\r\n').filter((line) => /^(get|set|delete) /.test(line));
  return lines.map((line) => ({ g: 'END', s: 'STORED', d: 'NOT_FOUND' })[line[0] ?? 'g'] + '\r\n').join('');
}
