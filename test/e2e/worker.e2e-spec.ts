import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { type NodeProcess, runNode } from '../support/run-node.js';
import { users } from './users-service.js';

const WORKER = join(import.meta.dirname, 'fixtures/worker-service.mjs');
const RECORD = pathToFileURL(join(import.meta.dirname, 'fixtures/record-packages.mjs')).href;

function told(worker: NodeProcess): unknown[] {
  return worker.logs.filter((record) => record['context'] === 'Worker').map((record) => record['msg']);
}

describe('a worker', () => {
  it('starts in order, serves probes and metrics, leaves PORT alone and drains on SIGTERM', async () => {
    const port = await freePort();
    const worker = runNode(WORKER, { env: users({ PORT: String(port) }) });
    const ready = await worker.waitForLog('ready');
    const monitoringUrl = String(ready['monitoring_url']);

    expect(ready).not.toHaveProperty('url');
    expect(told(worker)).toEqual(['initializer', 'onModuleInit', 'service started']);
    for (const probe of ['/livez', '/startupz', '/readyz']) {
      expect([probe, (await fetch(monitoringUrl + probe)).status]).toEqual([probe, 200]);
    }
    const metrics = await (await fetch(`${monitoringUrl}/metrics`)).text();
    expect(metrics).toContain('process_cpu_seconds_total');
    expect(metrics).not.toContain('http_server_');
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');

    worker.signal('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(told(worker).slice(3)).toEqual(['service stopped', 'closed']);
    expect(worker.stderr).toBe('');
  });

  it('exits with 1 when a service fails to stop', async () => {
    const worker = runNode(WORKER, { env: users({ STOP_FAILS: '1' }) });
    await worker.waitForLog('ready');
    worker.signal('SIGTERM');
    expect(await worker.exited).toEqual({ code: 1, signal: null });
  });

  it('loads no HTTP framework', async () => {
    const worker = runNode(WORKER, { env: users({}), execArgv: ['--import', RECORD] });
    await worker.waitForLog('ready');
    worker.signal('SIGTERM');
    await worker.exited;
    const packages = worker.logs.find((record) => record['msg'] === 'packages')?.['packages'] as string[];
    expect(packages).toContain('@nestjs/core');
    expect(packages.filter((name) => /fastify|express/.test(name))).toEqual([]);
  });
});
