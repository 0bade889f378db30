import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { type NodeProcess, runNode } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { users } from './users-service.js';

const PROBED = join(import.meta.dirname, 'fixtures/probed-service.mjs');
const PROBES = ['livez', 'startupz', 'readyz', 'healthz'] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probes-'));
  await writeFile(join(folder, 'go'), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The service with its probes, in a process of its own. */
class Probed {
  private constructor(
    readonly process: NodeProcess,
    private readonly port: number,
  ) {}

  /** Runs it up to its initializer, which waits for the file. */
  static async run(go: string, env: Record<string, string> = {}): Promise<Probed> {
    const port = await freePort();
    const process = runNode(PROBED, { env: users({ METRICS_PORT: String(port), GO: join(folder, go), ...env }) });
    await process.waitForAnswer(`http://127.0.0.1:${port}/livez`);
    return new Probed(process, port);
  }

  /** Runs it until it is ready and its checks have told. */
  static async ready(env: Record<string, string> = {}): Promise<Probed> {
    const service = await Probed.run('go', env);
    await service.process.waitForAnswer(`http://127.0.0.1:${service.port}/healthz`);
    return service;
  }

  async probe(path: string, accept = '*/*'): Promise<{ status: number; body: string }> {
    const signal = AbortSignal.timeout(20_000);
    const answer = await fetch(`http://127.0.0.1:${this.port}/${path}`, { headers: { accept }, signal });
    return { status: answer.status, body: await answer.text() };
  }

  /** The statuses of all four, in the order of the table. */
  async statuses(): Promise<number[]> {
    return (await Promise.all(PROBES.map((path) => this.probe(path)))).map(({ status }) => status);
  }

  async json(path: string): Promise<Record<string, any>> {
    const [asked, accepted] = [await this.probe(`${path}?format=json`), await this.probe(path, 'application/json')];
    const { timestamp, ...rest } = JSON.parse(asked.body) as Record<string, unknown>;
    if (!isDeepStrictEqual({ ...JSON.parse(accepted.body), timestamp }, { ...rest, timestamp })) {
      throw new Error(`?format=json tells ${asked.body}, Accept tells ${accepted.body}`);
    }
    return { ...rest, timestamp };
  }

  async do(what: string, argument: string = 'it'): Promise<void> {
    const { url } = await this.process.waitForLog('ready');
    await fetch(`${String(url)}/do/${what}/${argument}`, { method: 'POST' });
  }

  /** Until a probe answers so. */
  async until(path: string, body: string): Promise<void> {
    await waitUntil(async () => (await this.probe(path)).body === body, { what: `${path} to tell ${body}` });
  }

  async metric(name: string): Promise<number> {
    const { body } = await this.probe('metrics');
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(body)?.[1]);
  }
}

describe('the probes of a process that is', () => {
  it('starting', async () => {
    const service = await Probed.run('later');
    expect(await service.statuses()).toEqual([200, 503, 503, 503]);
    expect((await service.probe('livez')).body).toBe('ok');
    expect((await service.probe('readyz')).body).toBe('state: starting\nreadyz check failed\n');
    expect(await service.json('healthz')).toMatchObject({ status: 'error', state: 'starting', details: {} });
    await writeFile(join(folder, 'later'), '');
    await service.process.waitForAnswer(`${await monitoringUrl(service)}/readyz`);
    expect(await service.statuses()).toEqual([200, 200, 200, 200]);
  });

  it('ready', async () => {
    const service = await Probed.ready();
    expect(await service.statuses()).toEqual([200, 200, 200, 200]);
    for (const path of PROBES) expect([path, (await service.probe(path)).body]).toEqual([path, 'ok']);
    expect((await service.probe('livez?verbose')).body).toBe('state: ready\nlivez check passed\n');
    expect((await service.probe('readyz?verbose')).body).toBe(
      '[+]orders ok\n[+]search ok\nstate: ready\nreadyz check passed\n',
    );
    expect(await service.json('readyz')).toEqual({
      status: 'ok',
      info: { orders: { status: 'up', critical: true }, search: { status: 'up', critical: false } },
      error: {},
      details: { orders: { status: 'up', critical: true }, search: { status: 'up', critical: false } },
      state: 'ready',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  it('without something critical, and answers for each check alone', async () => {
    const service = await Probed.ready();
    await service.do('down', 'orders');
    await waitUntil(async () => (await service.probe('readyz')).status === 503, { what: '/readyz to fail' });
    expect(await service.statuses()).toEqual([200, 200, 503, 503]);
    expect((await service.probe('readyz')).body).toBe(
      '[-]orders failed: failed\n[+]search ok\nstate: ready\nreadyz check failed\n',
    );
    expect(await service.json('healthz')).toMatchObject({
      status: 'error',
      error: { orders: { status: 'down', critical: true, reason: 'failed' } },
      info: { search: { status: 'up' } },
      state: 'ready',
    });
    expect(await service.probe('readyz?exclude=orders')).toEqual({ status: 200, body: 'ok' });
    expect((await service.probe('readyz?exclude=orders&verbose')).body).toContain('[+]orders excluded: ok\n');
    expect(await service.probe('readyz?exclude=other&exclude=orders&verbose')).toMatchObject({
      status: 200,
      body: expect.stringContaining('warn: some health checks cannot be excluded: no matches for "other"\n'),
    });
    expect((await service.probe('readyz?exclude=search')).status).toBe(503);
    for (const [path, status] of [
      ['readyz/orders', 503],
      ['healthz/orders', 503],
      ['readyz/search', 200],
      ['readyz/other', 404],
      ['livez/orders', 404],
    ]) {
      expect([path, (await service.probe(String(path))).status]).toEqual([path, status]);
    }
    for (const path of ['readyz', 'healthz?verbose', 'healthz?format=json', 'readyz/orders', 'metrics']) {
      expect((await service.probe(path)).body).not.toMatch(/s3cr3t|mysql/);
    }
    expect(service.process.stdout).toContain('orders is gone');
    expect(service.process.stdout).not.toContain('s3cr3t');
    await service.do('up', 'orders');
    await service.until('readyz', 'ok');
    expect(await service.statuses()).toEqual([200, 200, 200, 200]);
  });

  it('degraded', async () => {
    const service = await Probed.ready();
    await service.do('down', 'search');
    await service.until('healthz', 'degraded');
    expect(await service.statuses()).toEqual([200, 200, 200, 200]);
    expect((await service.probe('readyz')).body).toBe('ok');
    expect((await service.probe('healthz?verbose')).body).toBe(
      '[+]orders ok\n[-]search failed: failed (not critical)\nstate: ready\nhealthz check degraded\n',
    );
    expect(await service.json('healthz')).toMatchObject({
      status: 'degraded',
      error: { search: { status: 'down', critical: false, reason: 'failed' } },
    });
    expect(await service.json('readyz')).toMatchObject({ status: 'ok' });
    expect((await service.probe('readyz/search')).status).toBe(503);
  });

  it('draining', async () => {
    const service = await Probed.ready({ SHUTDOWN_TIMEOUT: '90s', SHUTDOWN_DRAIN_DELAY: '60s' });
    service.process.signal('SIGTERM');
    await waitUntil(async () => (await service.probe('readyz')).status === 503, { what: '/readyz to fail' });
    expect(await service.statuses()).toEqual([200, 200, 503, 503]);
    expect((await service.probe('readyz')).body).toContain('\nstate: draining\nreadyz check failed\n');
    expect((await service.probe('livez?verbose')).body).toBe('state: draining\nlivez check passed\n');
    expect(await service.json('healthz')).toMatchObject({ status: 'shutting_down', state: 'draining', error: {} });
    expect((await service.probe('readyz/orders')).status).toBe(200);
  });

  it('broken by its own word', async () => {
    const service = await Probed.ready();
    await service.do('break');
    expect(await service.statuses()).toEqual([503, 503, 503, 503]);
    expect((await service.probe('livez')).body).toBe('state: broken\nlivez check failed\n');
    expect(await service.json('livez')).toMatchObject({ status: 'error', state: 'broken' });
    expect(await service.metric('eggy_app_state\\{state="broken"\\}')).toBe(1);
  });

  it('broken by a service that crashed, for as long as the stop takes', async () => {
    const service = await Probed.ready();
    // A request at hand, which the stop waits for.
    void service.do('hold').catch(() => undefined);
    await waitUntil(async () => (await service.metric('http_server_active_requests')) === 1, {
      what: 'the request to be at hand',
    });
    await service.do('crash').catch(() => undefined);
    await waitUntil(async () => (await service.probe('livez')).status === 503, { what: '/livez to fail' });
    expect(await service.statuses()).toEqual([503, 503, 503, 503]);
    expect(await service.json('readyz')).toMatchObject({ status: 'error', state: 'broken' });
  });
});

describe('a process whose event loop is blocked', () => {
  it('for two seconds recovers without a restart, and its metrics show it', async () => {
    const service = await Probed.ready();
    await service.do('block', '2000');
    const answers = new Set<number>();
    // One probe waits for the end of the block. It fails only where the kubelet waits for less than that.
    const slow = async (): Promise<boolean> => {
      const began = performance.now();
      answers.add((await service.probe('livez')).status);
      return performance.now() - began > 1000;
    };
    await waitUntil(slow, { what: 'a probe to wait', interval: 1 });
    expect([...answers]).toEqual([200]);
    expect(await service.metric('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(1.5);
    expect(await service.statuses()).toEqual([200, 200, 200, 200]);
  });

  it('for longer than the limit tells those who waited, and recovers', async () => {
    const service = await Probed.ready();
    await service.do('block', '11000');
    const failed = async (): Promise<boolean> => (await service.probe('livez')).status === 503;
    await waitUntil(failed, { what: '/livez to fail', timeout: 20_000, interval: 1 });
    await service.until('livez', 'ok');
    await service.process.waitForLog('the event loop was blocked');
    expect(await service.statuses()).toEqual([200, 200, 200, 200]);
  }, 60_000);

  it('for ever answers no probe', async () => {
    const service = await Probed.ready();
    const port = new URL(await monitoringUrl(service)).port;
    await service.do('block', 'Infinity');
    const ask = () => fetch(`http://127.0.0.1:${port}/livez`, { signal: AbortSignal.timeout(1000) });
    await waitUntil(
      async () =>
        ask().then(
          () => false,
          () => true,
        ),
      { what: '/livez to be silent' },
    );
    for (let failure = 0; failure < 2; failure++) await expect(ask()).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

async function monitoringUrl(service: Probed): Promise<string> {
  return String((await service.process.waitForLog('ready'))['monitoring_url']);
}
