import { execFileSync } from 'node:child_process';
import { closeSync, constants, createReadStream, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { runProgram } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
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

  it('that nobody reads keeps nobody from being served, and its drops are told to who reads at last', async () => {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const ports = { PORT: String(port), METRICS_PORT: String(metricsPort) };
    // More than what is kept for a slow reader, which is 8 MiB.
    const service = startUnread([], { LINES: '10000', ...ports });
    await service.until('ready');
    for (let time = 0; time < 20; time++) {
      expect((await fetch(`http://127.0.0.1:${port}/nothing`)).status).toBe(404);
      expect((await fetch(`http://127.0.0.1:${metricsPort}/readyz`)).status).toBe(200);
    }

    const output = createReadStream('', { fd: openSync(join(folder, 'stdout'), constants.O_RDONLY) });
    let text = '';
    output.setEncoding('utf8').on('data', (part) => (text += String(part)));
    await waitUntil(() => text.includes('log records were lost'), { what: 'the record of what was dropped' });
    expect(await end(service)).toBeLessThan(BUDGET_MS + MARGIN_MS);
    expect(await service.process.exited).toEqual({ code: 0, signal: null });
    output.destroy();
  });
});
