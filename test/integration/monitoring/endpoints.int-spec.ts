import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { LauncherEvents, type LauncherState } from '@eggybyte/lifecycle';
import { MonitoringServer } from '@eggybyte/monitoring';
import { standStill } from '../../support/stand-still.js';
import { waitUntil } from '../../support/wait-until.js';
import { ask } from './raw-http.js';
import { fails, Serving, works } from './serving.js';

beforeAll(() => Logger.overrideLogger(false));

const PROBES = ['/livez', '/startupz', '/readyz', '/healthz'];

async function statuses(port: number): Promise<number[]> {
  return (await Promise.all(PROBES.map((path) => ask(port, path)))).map(({ status }) => status);
}

describe('probes', () => {
  it.each<[LauncherState, number[]]>([
    ['starting', [200, 503, 503, 503]],
    ['ready', [200, 200, 200, 200]],
    ['draining', [200, 200, 503, 503]],
    ['stopping', [200, 200, 503, 503]],
    ['broken', [503, 503, 503, 503]],
  ])('answer while %s', async (state, expected) => {
    await using serving = await Serving.start();
    serving.state = state;
    expect(await statuses(serving.port)).toEqual(expected);
  });

  it('follow a critical check down and up again, and never tell what it said', async () => {
    await using serving = await Serving.start();
    let broken = false;
    serving.add({ name: 'database' }, async () => (broken ? fails() : undefined));
    serving.health.start();
    expect(await statuses(serving.port)).toEqual([200, 200, 200, 200]);
    broken = true;
    await waitUntil(async () => (await ask(serving.port, '/readyz')).status === 503, { what: '/readyz to fail' });
    expect(await statuses(serving.port)).toEqual([200, 200, 503, 503]);
    for (const path of ['/readyz', '/healthz?verbose', '/healthz?format=json', '/readyz/database', '/metrics']) {
      expect((await ask(serving.port, path)).body).not.toMatch(/s3cr3t|mysql/);
    }
    broken = false;
    await waitUntil(async () => (await ask(serving.port, '/readyz')).status === 200, { what: '/readyz to recover' });
  });

  it('call a service degraded whose non-critical check is down', async () => {
    await using serving = await Serving.start();
    serving.add({ name: 'cache', critical: false }, fails).add({ name: 'database' }, works);
    serving.health.start();
    expect(await ask(serving.port, '/readyz')).toMatchObject({ status: 200, body: 'ok' });
    expect(await ask(serving.port, '/healthz')).toMatchObject({ status: 200, body: 'degraded' });
    expect((await ask(serving.port, '/readyz/cache')).status).toBe(503);
    expect((await ask(serving.port, '/readyz/database')).status).toBe(200);
    const json = await ask(serving.port, '/healthz', 'GET', { Accept: 'application/json' });
    expect(JSON.parse(json.body)).toMatchObject({ status: 'degraded', error: { cache: { status: 'down' } } });
  });

  it('fail a restart-worthy application only for a while when its event loop was blocked', async () => {
    await using serving = await Serving.start({ stallLimit: '1s' });
    standStill(2000);
    expect((await ask(serving.port, '/livez')).status).toBe(503);
    await waitUntil(async () => (await ask(serving.port, '/livez')).status === 200, { what: '/livez to recover' });
    const lag = /^nodejs_eventloop_lag_max_seconds (.*)$/m.exec((await ask(serving.port, '/metrics')).body)?.[1];
    expect(Number(lag)).toBeGreaterThan(1);
  });

  it('do not mind a block of two seconds by default', async () => {
    await using serving = await Serving.start();
    standStill(2000);
    expect((await ask(serving.port, '/livez')).status).toBe(200);
  });
});

describe('MonitoringServer', () => {
  it('sends headers that keep answers out of caches and of guesses at their type', async () => {
    await using serving = await Serving.start();
    for (const path of [...PROBES, '/metrics', '/nothing']) {
      const { headers } = await ask(serving.port, path);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(headers['content-type']).toMatch(/^text\/plain; .*charset=utf-8$/);
    }
  });

  it('answers HEAD like GET, without the body', async () => {
    await using serving = await Serving.start();
    for (const path of [...PROBES, '/metrics', '/nothing']) {
      const [head, get] = [await ask(serving.port, path, 'HEAD'), await ask(serving.port, path)];
      expect(head.body).toBe('');
      expect(head.status).toBe(get.status);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
      expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    }
  });

  it.each(['/', '/info', '/config', '/loggers', '/startup', '/metrics/', '/readyz/nothing', '/%6civez', '/..%2flivez'])(
    'knows no %s, and says so always alike',
    async (path) => {
      await using serving = await Serving.start();
      expect(await ask(serving.port, path)).toMatchObject({ status: 404, body: 'not found\n' });
    },
  );

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])('refuses %s', async (method) => {
    await using serving = await Serving.start();
    const answer = await ask(serving.port, '/livez', method);
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
  });

  it('tells application, states, phases, checks and process in its metrics', async () => {
    const events = new LauncherEvents();
    events.emit({ kind: 'phase.finished', phase: 'configuration', tookMs: 5 });
    await using serving = await Serving.start({ service: 'shop', version: '1.2.3', environment: 'test', events });
    serving.add({ name: 'database' }, works);
    serving.health.start();
    await serving.health.firstResults();
    const { headers, body } = await ask(serving.port, '/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of [
      `eggy_app_info{service="shop",version="1.2.3",environment="test",node="${process.version}"} 1`,
      'eggy_app_state{state="ready"} 1',
      'eggy_app_state{state="broken"} 0',
      'eggy_startup_phase_seconds{phase="configuration"} 0.005',
      'eggy_health_check_up{check="database",critical="true"} 1',
      '# TYPE process_resident_memory_bytes gauge',
      '# TYPE nodejs_eventloop_lag_seconds gauge',
      '# TYPE nodejs_gc_duration_seconds histogram',
    ]) {
      expect(body).toContain(`${line}\n`);
    }
  });

  it('counts every garbage collection', async () => {
    await using serving = await Serving.start();
    const collections = async (): Promise<number> => {
      const { body } = await ask(serving.port, '/metrics');
      const counts = body.matchAll(/^nodejs_gc_duration_seconds_count\{.*\} (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const before = await collections();
    for (let round = 0; round < 60; round++) Array.from({ length: 200_000 }, (_, index) => ({ index }));
    const counted = async (): Promise<number | false> => {
      const now = await collections();
      return now > before + 5 && now;
    };
    expect(await waitUntil(counted, { what: 'garbage collections in the metrics' })).toBeGreaterThan(before);
  });

  it('names port and variable when the port is in use', async () => {
    await using first = await Serving.start();
    const second = new MonitoringServer({
      health: first.health,
      metrics: first.metrics,
      state: () => 'starting',
      host: '127.0.0.1',
      port: first.port,
    });
    await expect(second.listen()).rejects.toMatchObject({
      code: 'EGGY_MONITORING_PORT_IN_USE',
      message: expect.stringMatching(
        new RegExp(`127\\.0\\.0\\.1:${first.port}: .*in use by this process itself.*METRICS_PORT`),
      ),
    });
    await second.close();
    expect((await ask(first.port, '/livez')).status).toBe(200);
  });

  it('explains an address that this machine does not have', async () => {
    await expect(Serving.start({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'EGGY_MONITORING_LISTEN' });
  });

  it('tells its address, the same at each call', async () => {
    await using serving = await Serving.start();
    expect(serving.port).toBeGreaterThan(0);
    expect(await serving.server.listen()).toEqual({ host: '127.0.0.1', port: serving.port });
  });

  it('closes at once, once, also without ever having listened', async () => {
    const serving = await Serving.start();
    const idle = await fetch(`http://127.0.0.1:${serving.port}/livez`);
    await idle.text();
    await Promise.all([serving.server.close(), serving.server.close()]);
    await expect(ask(serving.port, '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const unused = new MonitoringServer({ health: serving.health, metrics: serving.metrics, state: () => 'ready' });
    await unused.close();
  });

  it('cuts an answer that holds up its close', async () => {
    const serving = await Serving.start();
    serving.metrics.gauge('slow', 'Never ends.', [], () => new Promise(() => undefined));
    const scrape = ask(serving.port, '/metrics').catch((error: unknown) => error);
    await waitUntil(async () => (await ask(serving.port, '/livez')).status === 200, { what: 'the scrape to begin' });
    const began = performance.now();
    await serving.server.close();
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await scrape).toMatchObject({ code: 'ECONNRESET' });
  });

  it('answers 500 without a word of the reason when it fails itself', async () => {
    const state = (): never => {
      throw new Error('mysql://root:s3cr3t@db');
    };
    await using serving = await Serving.start({ state });
    expect(await ask(serving.port, '/livez')).toMatchObject({ status: 500, body: 'internal error\n' });
    expect((await ask(serving.port, '/metrics')).body).toContain('# TYPE eggy_app_info gauge\n');
  });

  it('serves two applications of one process, each its own state and metrics', async () => {
    await using one = await Serving.start({ service: 'one' });
    await using two = await Serving.start({ service: 'two' });
    one.state = 'draining';
    expect((await ask(one.port, '/readyz')).status).toBe(503);
    expect((await ask(two.port, '/readyz')).status).toBe(200);
    const [first, second] = [await ask(one.port, '/metrics'), await ask(two.port, '/metrics')];
    expect(first.body).toContain('service="one"');
    expect(first.body).not.toContain('service="two"');
    expect(second.body).toContain('# TYPE process_cpu_seconds_total counter\n');
  });
});
