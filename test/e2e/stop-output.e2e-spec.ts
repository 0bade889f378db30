import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runProgram } from '../support/run-node.js';
import { asTroubled, type TroubledService, TROUBLED } from './troubled-service.js';
import { users } from './users-service.js';

const BUDGET_MS = 2000;
/** A reader that stands still gets one second at a fatal record and one at the end, besides what a process takes. */
const MARGIN_MS = 3000;

let folder: string;
let reader: number | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-'));
  execFileSync('mkfifo', [join(folder, 'stdout')]);
  // Also for writing, as opening waits for the other end else.
  reader = openSync(join(folder, 'stdout'), constants.O_RDWR);
});
afterEach(async () => {
  stopReading();
  await rm(folder, { recursive: true, force: true });
});

function stopReading(): void {
  if (reader !== undefined) closeSync(reader);
  reader = undefined;
}

/** Its standard output is a pipe that nobody reads. */
function startUnread(does: string[], env: Record<string, string> = {}): TroubledService {
  const command = `exec "${process.execPath}" "${TROUBLED}" > "${join(folder, 'stdout')}"`;
  const timeout = { SHUTDOWN_TIMEOUT: `${BUDGET_MS}ms` };
  return asTroubled(runProgram('sh', ['-c', command], { env: users({ DO: does.join(','), ...timeout, ...env }) }));
}

const ENDINGS: [string, string[], number][] = [
  ['a clean stop', [], 0],
  ['a stop that hangs', ['hang-end-orders'], 1],
  ['a fatal error', ['throw-error'], 1],
];

async function end(service: TroubledService): Promise<number> {
  await service.until('ready');
  const began = performance.now();
  service.process.signal('SIGTERM');
  await service.process.exited;
  return performance.now() - began;
}

describe('standard output', () => {
  it.each(ENDINGS)('that is closed changes nothing about %s', async (_, does, code) => {
    const service = startUnread(does);
    await service.until('handlers');
    stopReading();

    expect(await end(service)).toBeLessThan(BUDGET_MS + MARGIN_MS);
    expect(await service.process.exited).toEqual({ code, signal: null });
    expect(service.told()).toContain('- first');
  });

  it.each(ENDINGS)('that nobody reads changes nothing about %s', async (_, does, code) => {
    // More than a pipe holds.
    const service = startUnread(does, { LINES: '300' });

    expect(await end(service)).toBeLessThan(BUDGET_MS + MARGIN_MS);
    expect(await service.process.exited).toEqual({ code, signal: null });
    expect(service.told()).toContain('- first');
  });
});
