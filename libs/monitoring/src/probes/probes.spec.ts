import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { LauncherState } from '@eggybyte/lifecycle';
import { HealthRegistry } from '../health/health-registry.js';
import type { ProbeJson } from './probe-json.js';
import { Probes } from './probes.js';

const works = async (): Promise<void> => undefined;
const fails = async (): Promise<void> => {
  throw Object.assign(new Error('connect to mysql://root:s3cr3t@db'), { code: 'ECONNREFUSED' });
};
const started: HealthRegistry[] = [];

function probes(state: LauncherState, checks: Record<string, { works: boolean; critical: boolean }> = {}) {
  const health = new HealthRegistry({ interval: '1h' });
  for (const [name, { works: does, critical }] of Object.entries(checks)) {
    health.add({ name, critical }, { check: does ? works : fails });
  }
  health.start();
  started.push(health);
  const asked = new Probes(health, () => state);
  const ask = (url: string, accept?: string) => {
    const [path = '', query = ''] = url.split('?');
    return asked.answer({ path, query: new URLSearchParams(query), accept });
  };
  const json = async (url: string) => JSON.parse((await ask(url, 'application/json'))?.body ?? 'null') as ProbeJson;
  return { ask, json };
}

const DATABASE_DOWN = { database: { works: false, critical: true }, cache: { works: true, critical: false } };
const CACHE_DOWN = { database: { works: true, critical: true }, cache: { works: false, critical: false } };

afterEach(() => {
  for (const health of started.splice(0)) health.stop();
});

beforeAll(() => Logger.overrideLogger(false));

describe('Probes', () => {
  it.each(['/livez', '/startupz', '/readyz', '/healthz'])('says ok on %s and nothing else', async (path) => {
    const answer = await probes('ready').ask(path);
    expect(answer).toEqual({ status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' });
  });

  it('tells a line for each check when it fails', async () => {
    const answer = await probes('ready', DATABASE_DOWN).ask('/readyz');
    expect(answer?.status).toBe(503);
    expect(answer?.body).toBe('[-]database failed: refused\n[+]cache ok\nstate: ready\nreadyz check failed\n');
  });

  it('tells them with ?verbose too', async () => {
    const answer = await probes('ready', CACHE_DOWN).ask('/readyz?verbose');
    expect(answer?.status).toBe(200);
    expect(answer?.body).toBe(
      '[+]database ok\n[-]cache failed: refused (not critical)\nstate: ready\nreadyz check passed\n',
    );
  });

  it('calls /healthz degraded when something is down that is not critical', async () => {
    const { ask, json } = probes('ready', CACHE_DOWN);
    expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'degraded' });
    expect((await ask('/healthz?verbose'))?.body).toContain('healthz check degraded\n');
    expect((await json('/healthz')).status).toBe('degraded');
    expect((await json('/readyz')).status).toBe('ok');
  });

  it('tells the state that makes it fail', async () => {
    expect((await probes('draining').ask('/readyz'))?.body).toBe('state: draining\nreadyz check failed\n');
    expect((await probes('broken').ask('/livez'))?.body).toBe('state: broken\nlivez check failed\n');
  });

  it('leaves out what is excluded', async () => {
    const { ask, json } = probes('ready', DATABASE_DOWN);
    const answer = await ask('/readyz?verbose&exclude=database&exclude=nothing');
    expect(answer?.status).toBe(200);
    expect(answer?.body.split('\n').slice(0, 3)).toEqual([
      '[+]database excluded: ok',
      '[+]cache ok',
      'warn: some health checks cannot be excluded: no matches for "nothing"',
    ]);
    const { error, details } = await json('/readyz?exclude=database');
    expect(error).toEqual({});
    expect(details['database']).toMatchObject({ status: 'down', excluded: true });
  });

  it('bounds what it repeats of the query', async () => {
    const query = Array.from({ length: 1000 }, (_, index) => `exclude=${'x'.repeat(1000)}${index}`).join('&');
    const body = (await probes('ready').ask(`/readyz?verbose&${query}`))?.body ?? '';
    expect(body.length).toBeLessThan(32 * 150);
  });

  it('answers for one check alone', async () => {
    const { ask } = probes('starting', DATABASE_DOWN);
    expect(await ask('/readyz/cache')).toMatchObject({ status: 200, body: 'ok' });
    expect(await ask('/healthz/database')).toMatchObject({ status: 503 });
    expect((await ask('/readyz/database'))?.body).toContain('[-]database failed: refused\n');
  });

  it.each(['/', '', '/readyz/', '/readyz/nothing', '/livez/database', '/readyz/__proto__', '//readyz', '/READYZ'])(
    'knows no %p',
    async (path) => {
      expect(await probes('ready', DATABASE_DOWN).ask(path)).toBeUndefined();
    },
  );

  it("answers JSON in terminus' shape with state and time", async () => {
    const answer = await probes('ready', DATABASE_DOWN).ask('/healthz?format=json');
    expect(answer).toMatchObject({ status: 503, contentType: 'application/json; charset=utf-8' });
    const database = { status: 'down', critical: true, reason: 'refused' };
    const cache = { status: 'up', critical: false };
    expect(JSON.parse(answer?.body ?? '')).toEqual({
      status: 'error',
      info: { cache },
      error: { database },
      details: { database, cache },
      state: 'ready',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  it("uses terminus' word while it shuts down", async () => {
    expect((await probes('draining').json('/readyz')).status).toBe('shutting_down');
    expect((await probes('draining').json('/livez')).status).toBe('ok');
    expect((await probes('starting').json('/readyz')).status).toBe('error');
  });

  it.each([
    ['application/json', '', true],
    ['text/html, application/json;q=0.9', '', true],
    ['application/health+json', '', true],
    ['*/*', '', false],
    [undefined, '', false],
    ['application/json', '?format=text', false],
    ['text/plain', '?format=json', true],
  ])('answers Accept %p with %p', async (accept, query, isJson) => {
    const answer = await probes('ready').ask(`/livez${query}`, accept);
    expect(answer?.contentType.startsWith('application/json')).toBe(isJson);
  });

  it('tells no text of a failure, in no form', async () => {
    const { ask } = probes('ready', DATABASE_DOWN);
    const bodies = await Promise.all(
      ['/readyz?verbose', '/healthz?verbose', '/readyz/database', '/healthz?format=json'].map((url) => ask(url)),
    );
    for (const answer of bodies) expect(answer?.body).not.toMatch(/s3cr3t|mysql|connect/);
  });
});
