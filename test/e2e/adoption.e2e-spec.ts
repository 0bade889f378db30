import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { type NodeProcess, runNode } from '../support/run-node.js';
import { users } from './users-service.js';

const EXISTING = join(import.meta.dirname, 'fixtures/existing-service.mjs');

interface Existing {
  service: NodeProcess;
  url: string;
  monitoringUrl: string;
}

async function start(env: Record<string, string>, readyMessage: string): Promise<Existing> {
  const metricsPort = String(await freePort());
  const service = runNode(EXISTING, { env: users({ METRICS_PORT: metricsPort, ...env }) });
  const { url } = await service.waitForLog(readyMessage);
  return { service, url: String(url), monitoringUrl: `http://127.0.0.1:${metricsPort}` };
}

function told({ logs }: NodeProcess): unknown[] {
  return logs.filter((record) => record['context'] === 'Existing').map((record) => record['msg']);
}

const STARTED = ['initializer', 'onModuleInit', 'service started'];
const NOT_STEPS = new Set(['listening', 'request begins']);

describe.each(['fastify', 'express'])('an application made by NestFactory.create on %s', (adapter) => {
  it('starts everything by listen() alone, serves probes, and drains on SIGTERM', async () => {
    const { service, url, monitoringUrl } = await start({ ADAPTER: adapter, HOW: 'listen' }, 'listening');
    expect(told(service)).toEqual([...STARTED, 'listening']);
    expect((await fetch(`${monitoringUrl}/readyz`)).status).toBe(200);

    const slow = fetch(`${url}/slow`);
    await service.waitForLog('request begins');
    service.signal('SIGTERM');
    expect(await (await slow).json()).toEqual({ greeting: 'hello' });
    expect(await service.exited).toEqual({ code: 0, signal: null });
    // Nest's hooks are not enabled, so the stop hooks of the service's own do not run.
    expect(told(service).slice(5)).toEqual(['service stopped', 'closed']);
    expect(service.logs).toContainEqual(expect.objectContaining({ msg: 'state: stopped' }));
    expect(service.stderr).toBe('');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'lets Nest drive the stop on %s where its hooks are enabled',
    async (signal) => {
      const { service, url } = await start({ ADAPTER: adapter, HOW: 'hooks' }, 'listening');
      const slow = fetch(`${url}/slow`);
      await service.waitForLog('request begins');
      service.signal(signal);
      expect((await slow).status).toBe(200);
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(told(service).slice(5)).toEqual(['service stopped', 'onModuleDestroy', 'closed']);
    },
  );

  it('is taken over by bootstrap(): configured, started in order, stopped on SIGTERM', async () => {
    const { service, url, monitoringUrl } = await start({ ADAPTER: adapter, HOW: 'adopted' }, 'ready');
    expect((await fetch(`${monitoringUrl}/readyz`)).status).toBe(200);
    const slow = fetch(`${url}/api/slow`);
    await service.waitForLog('request begins');
    service.signal('SIGTERM');
    expect(await (await slow).json()).toEqual({ greeting: 'hello' });
    expect(await service.exited).toEqual({ code: 0, signal: null });
    const steps = told(service).filter((msg) => !NOT_STEPS.has(msg as string));
    expect(steps).toEqual([...STARTED, 'service stopped', 'onModuleDestroy', 'closed']);
    // What was buffered before bootstrap() had it comes out in the suite's form, and nothing else does.
    expect(service.stdout.trim().split('\n')).toHaveLength(service.logs.length);
    expect(service.logs.filter(({ msg }) => msg === 'stopped')).toMatchObject([{ code: 0, reason: 'SIGTERM' }]);
    expect(service.stderr).toBe('');
  });
});

describe('an application made by NestFactory.create', () => {
  it.each(['listen', 'adopted'])('refuses a second forRoot() (%s)', async (how) => {
    const service = runNode(EXISTING, { env: users({ ADAPTER: 'fastify', HOW: how, TWICE: '1' }) });
    expect((await service.exited).code).toBe(1);
    expect(service.stdout).toContain('EggyCoreModule.forRoot() is imported twice');
  });

  it.each(['listen', 'hooks', 'adopted'])('rolls an interrupted start back and exits with 0 (%s)', async (how) => {
    const env = users({ ADAPTER: 'fastify', HOW: how, SIGNAL_IN_INIT: '1' });
    const service = runNode(EXISTING, { env });
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(told(service)).not.toContain('service started');
    expect(told(service).at(-1)).toBe('closed');
  });

  it('goes on when a service crashes, with a fatal record and a failing /livez, and exits with 1 in the end', async () => {
    const { service, url, monitoringUrl } = await start({ ADAPTER: 'fastify', HOW: 'listen', CRASH: '1' }, 'listening');
    await service.waitForLog((record) => record['level'] === 'fatal');
    expect((await fetch(`${monitoringUrl}/livez`)).status).toBe(503);
    expect((await fetch(`${url}/slow`)).status).toBe(200);
    service.signal('SIGTERM');
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.logs.filter((record) => record['level'] === 'fatal')).toMatchObject([
      { msg: expect.stringMatching(/Crashing.*the queue is gone/) },
    ]);
  });

  it('ends a bootstrap() whose service crashes', async () => {
    const service = runNode(EXISTING, { env: users({ ADAPTER: 'fastify', HOW: 'adopted', CRASH: '1' }) });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.logs.filter((record) => record['level'] === 'fatal')).toHaveLength(1);
  });

  it('exits with 1 when the port of its probes is taken', async () => {
    const first = await start({ ADAPTER: 'fastify', HOW: 'listen' }, 'listening');
    const METRICS_PORT = new URL(first.monitoringUrl).port;
    const second = runNode(EXISTING, { env: users({ ADAPTER: 'fastify', HOW: 'listen', METRICS_PORT }) });
    expect((await second.exited).code).toBe(1);
    expect(second.stdout).toContain(METRICS_PORT);
    expect(told(second)).toEqual([]);
  });
});
