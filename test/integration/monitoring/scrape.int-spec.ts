import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ask } from './raw-http.js';
import { Serving } from './serving.js';

const OPENMETRICS = { Accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5' };
const GZIP = { 'Accept-Encoding': 'gzip' };

let serving: Serving;
beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  serving = await Serving.start();
});
afterEach(() => serving[Symbol.asyncDispose]());

/** The bytes of an answer, as they came. */
function scrape(headers: Record<string, string>, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<{ headers: Record<string, unknown>; body: Buffer }>();
  const call = request({ host: '127.0.0.1', port: serving.port, path: '/metrics', method, headers, agent: false });
  call.on('error', reject);
  call.on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
  });
  call.end();
  return promise;
}

function fill(series: number): void {
  const histogram = serving.metrics.histogram('shop_visit_seconds', 'Visits.', { labels: ['n'] });
  for (let n = 0; n < series; n++) histogram.observe({ n: String(n) }, n / 1000);
}

describe('a scrape', () => {
  it('is text for people and old readers, and OpenMetrics for those who ask for it', async () => {
    const text = await ask(serving.port, '/metrics');
    expect(text.headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      vary: 'Accept, Accept-Encoding',
    });
    expect(text.body).toContain('# TYPE process_cpu_seconds_total counter\n');
    const open = await ask(serving.port, '/metrics', 'GET', OPENMETRICS);
    expect(open.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(open.body).toContain('# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total ');
    expect(open.body).toMatch(/\n# EOF\n$/);
  });

  it.each([{}, OPENMETRICS])('is compressed for those who take it, to the same text: %j', async (accept) => {
    const { headers, body } = await scrape({ ...accept, ...GZIP });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(body.length) });
    const plain = await scrape(accept);
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(body.length).toBeLessThan(plain.body.length / 2);
    const names = (text: string): string[] => text.match(/^# TYPE .*$/gm) ?? [];
    expect(names(gunzipSync(body).toString())).toEqual(names(plain.body.toString()));
    const head = await scrape({ ...accept, ...GZIP }, 'HEAD');
    expect([head.body.length, head.headers['content-encoding']]).toEqual([0, 'gzip']);
  });

  it('of 10 000 series is whole and lets probes through meanwhile, for 50 readers at once', async () => {
    fill(2000);
    for (let n = 0; n < 8; n++) {
      const counter = serving.metrics.counter(`shop_${n}_total`, 'Of the shop.', ['n']);
      for (let value = 0; value < 1000; value++) counter.inc({ n: String(value) });
    }
    const kinds = [{}, OPENMETRICS, GZIP, { ...OPENMETRICS, ...GZIP }];
    const scrapes = Array.from({ length: 50 }, (_, at) => scrape(kinds[at % kinds.length] ?? {}));
    const probes = Promise.all(Array.from({ length: 20 }, () => ask(serving.port, '/readyz')));
    const bodies = (await Promise.all(scrapes)).map(({ headers, body }) =>
      (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString(),
    );
    expect((await probes).every(({ status }) => status === 200)).toBe(true);
    for (const body of bodies) {
      expect(body.match(/^shop_visit_seconds_count\{/gm)).toHaveLength(2000);
      expect(body.match(/^shop_\d_total\{/gm)).toHaveLength(8000);
    }
  }, 60_000);
});
