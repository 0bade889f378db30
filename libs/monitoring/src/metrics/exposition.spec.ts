import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Counter, Gauge, Histogram, Metrics, Registry } from '@eggybyte/observability';
import { Summary } from 'prom-client';
import { Exposition } from './exposition.js';
import type { TextFormat } from './scrape-format.js';

function setup(collectMs = 5000) {
  const metrics = new Metrics();
  const users = new Registry();
  const exposition = new Exposition(metrics, users, collectMs);
  const text = async (format?: TextFormat) => (await exposition.scrape(format)).body.toString();
  return { metrics, users, exposition, text };
}

beforeAll(() => Logger.overrideLogger(false));

describe('Exposition', () => {
  it("tells the application's metrics and the user's", async () => {
    const { metrics, users, text } = setup();
    metrics.counter('own_total', 'Own.').inc(2);
    new Counter({ name: 'users_total', help: "The user's.", registers: [users] }).inc(3);
    users.setDefaultLabels({ app: 'shop' });
    const lines = (await text()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(['# TYPE own_total counter', 'own_total 2', 'users_total{app="shop"} 3']),
    );
    expect(lines.at(-1)).toBe('');
  });

  it("tells the application's of two metrics with one name", async () => {
    const { metrics, users, text } = setup();
    metrics.counter('both_total', 'Own.').inc(1);
    new Counter({ name: 'both_total', help: "The user's.", registers: [users] }).inc(99);
    expect((await text()).match(/^both_total .*$/gm)).toEqual(['both_total 1']);
  });

  it('leaves out a metric that cannot be collected, counts it, and tells the rest', async () => {
    const { metrics, text } = setup();
    metrics.gauge('bad', 'Throws.', [], () => {
      throw new Error('no');
    });
    metrics.gauge('worse', 'Rejects.', [], () => Promise.reject(new Error('no')));
    metrics.counter('good_total', 'Works.').inc();
    const first = await text();
    expect(first).toContain('good_total 1');
    expect(first).not.toContain('# TYPE bad');
    // The failures of a scrape may be among what it tells itself.
    const second = await text();
    expect(second).toMatch(/^eggy_monitoring_collect_errors_total\{metric="bad"\} [12]$/m);
    expect(second).toMatch(/^eggy_monitoring_collect_errors_total\{metric="worse"\} [12]$/m);
  });

  it('does not wait for a collector that hangs, and does not call it twice', async () => {
    const { users, metrics, text } = setup(5);
    let calls = 0;
    const collect = (): Promise<void> => {
      calls++;
      return new Promise(() => undefined);
    };
    users.registerMetric(new Gauge({ name: 'hangs', help: 'Hangs.', registers: [], collect }));
    metrics.counter('good_total', 'Works.').inc();
    expect(await text()).toContain('good_total 1');
    expect(await text()).toContain('good_total 1');
    expect(calls).toBe(1);
  });

  it('collects once for scrapes at the same time, and again for the next', async () => {
    const { metrics, exposition } = setup();
    let calls = 0;
    metrics.gauge('slow', 'Slow.', [], async () => {
      calls++;
      await sleep(2);
    });
    const bodies = await Promise.all(Array.from({ length: 50 }, () => exposition.scrape()));
    expect(new Set(bodies).size).toBe(1);
    expect(calls).toBe(1);
    await exposition.scrape();
    expect(calls).toBe(2);
  });

  it('collects once for readers of both formats at the same time', async () => {
    const { metrics, exposition } = setup();
    let calls = 0;
    metrics.gauge('calls', 'Calls.', [], (gauge) => gauge.set(++calls));
    const { promise, resolve } = Promise.withResolvers<void>();
    metrics.gauge('slow', 'Slow.', [], () => promise);
    const first = exposition.scrape('text');
    await sleep(1);
    const second = exposition.scrape('openmetrics');
    resolve();
    const bodies = await Promise.all([first, second]);
    for (const { body } of bodies) expect(body.toString()).toContain('calls 1\n');
    expect((await exposition.scrape('openmetrics')).body.toString()).toContain('calls 2\n');
  });

  it('stays readable when the user switched to OpenMetrics', async () => {
    const { users, text } = setup();
    (users as Registry<never>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    new Counter({
      name: 'users_total',
      help: 'H.',
      registers: [users],
      labelNames: ['a'],
      enableExemplars: true,
    }).inc({ labels: { a: 'b' }, value: 1, exemplarLabels: { a: 'exemplar' } });
    const body = await text();
    expect(body).toContain('users_total{a="b"} 1\n');
    expect(body).not.toMatch(/# EOF|_total_total|exemplar/);
  });

  it('waits for a collector that hangs only once, and takes it in again when it works', async () => {
    const { metrics, text } = setup(300);
    const hanging: (() => void)[] = [];
    let hangs = true;
    metrics.gauge('at_times', 'Hangs at times.', [], (gauge) => {
      gauge.set(1);
      return hangs ? new Promise((resolve) => hanging.push(resolve)) : undefined;
    });
    expect(await text()).not.toContain('at_times 1');
    const began = performance.now();
    for (let n = 0; n < 20; n++) await text();
    // Twenty waits would take six seconds.
    expect(performance.now() - began).toBeLessThan(4000);
    expect(hanging).toHaveLength(1);
    hangs = false;
    for (const resolve of hanging) resolve();
    await sleep(1);
    const after = await text();
    expect(after).toContain('at_times 1\n');
    expect(after).toContain('eggy_monitoring_collect_errors_total{metric="at_times"} 21\n');
  });

  it('waits for half of what the reader waits at most', async () => {
    const { metrics, exposition } = setup();
    metrics.gauge('hangs', 'Hangs.', [], () => new Promise(() => undefined));
    metrics.counter('good_total', 'Works.').inc();
    const { body } = await exposition.scrape('text', 20);
    expect(body.toString()).toContain('good_total 1');
  });

  it('leaves out what cannot be written, and tells the rest', async () => {
    const { users, metrics, text } = setup();
    const broken = { name: 'broken', help: 'H.', type: 'gauge', values: 7 };
    users.registerMetric({ ...broken, get: async () => broken } as never);
    metrics.counter('good_total', 'Works.').inc();
    await text();
    const body = await text();
    expect(body).toContain('good_total 1');
    expect(body).toContain('eggy_monitoring_collect_errors_total{metric="broken"} 1');
  });

  it("writes what prom-client writes, of each kind and of a user's own", async () => {
    const { metrics, users, text } = setup();
    const labels = { path: 'a"b\\c\nd', n: 7 };
    metrics.counter('c_total', 'C.', ['path', 'n']).inc(labels, 1e21);
    metrics.gauge('g', 'G.', ['path', 'n']).set(labels, -0.5);
    metrics.gauge('up', 'Infinite.').set(Infinity);
    metrics.gauge('down', 'Infinite.').set(-Infinity);
    const histogram = metrics.histogram('h_seconds', 'H.', { labels: ['path', 'n'], buckets: [0.1, 1, 10] });
    for (const value of [0.05, 0.1, 3, 99]) histogram.observe(labels, value);
    histogram.zero({ path: '', n: 0 });
    metrics.histogram('bare_seconds', 'Without labels.').observe(2);
    const summary = new Summary({ name: 's_seconds', help: 'S.', labelNames: ['path'], registers: [metrics.registry] });
    summary.observe({ path: 'x' }, 3);
    users.setDefaultLabels({ app: 'shop', path: 'default' });
    new Histogram({ name: 'u_seconds', help: 'U.', labelNames: ['path'], registers: [users] }).observe(
      { path: 'y' },
      1,
    );
    const theirs = `${await metrics.registry.metrics()}\n${await users.metrics()}`;
    const told = (whole: string): string[] => whole.split('\n').filter((line) => line && !line.includes('eggy_'));
    expect(told(await text())).toEqual(told(theirs));
  });

  it('says that a value is none in the way that Prometheus reads', async () => {
    const { metrics, text } = setup();
    metrics.gauge('nan', 'None.').set(Number.NaN);
    expect(await text()).toContain('nan NaN\n');
  });

  it('writes OpenMetrics for one who asks for it', async () => {
    const { metrics, users, text } = setup();
    metrics.counter('sold_total', 'Sold "things".', ['a']).inc({ a: 'b' }, 2);
    metrics.counter('visits', 'Not named as a total.').inc(3);
    metrics.gauge('stock', 'Stock.').set(1);
    metrics.histogram('h_seconds', 'H.', { buckets: [1] }).observe(0.5);
    (users as Registry<never>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    new Counter({ name: 'users_total', help: 'H.', registers: [users], enableExemplars: true }).inc({
      value: 1,
      exemplarLabels: { trace_id: 'abc' },
    });
    const body = await text('openmetrics');
    expect(body).toMatch(/# EOF\n$/);
    expect(body).not.toContain('\n\n');
    expect(body).toContain(
      '# HELP sold Sold \\"things\\".\n# TYPE sold counter\nsold_total{a="b"} 2\n# HELP visits Not named as a total.\n# TYPE visits unknown\nvisits 3\n',
    );
    expect(body).toContain('# TYPE h_seconds histogram\nh_seconds_bucket{le="1"} 1\nh_seconds_bucket{le="+Inf"} 1\n');
    expect(body).toMatch(/users_total 1 # \{trace_id="abc"\} 1 [\d.]+\n/);
  });

  it('lets others have their turn while it writes thousands of series', async () => {
    const metrics = new Metrics({ maxSeries: 20_000 });
    const exposition = new Exposition(metrics, new Registry());
    const histogram = metrics.histogram('h_seconds', 'H.', { labels: ['n'] });
    for (let n = 0; n < 10_000; n++) histogram.observe({ n: String(n) }, 1);
    // Of this thread's own, which a busy machine does not make more.
    const cpuMs = (): number => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    };
    /** Scrapes once: how many turns others had, and the share of the longest time between two of them. */
    const watched = async () => {
      let turns = 0;
      let longestMs = 0;
      const began = cpuMs();
      let last = began;
      let isWriting = true;
      const look = (): void => {
        const now = cpuMs();
        longestMs = Math.max(longestMs, now - last);
        last = now;
        turns++;
        if (isWriting) setImmediate(look);
      };
      setImmediate(look);
      const { body } = await exposition.scrape();
      isWriting = false;
      expect(body.toString().match(/^h_seconds_count/gm)).toHaveLength(10_000);
      return { turns, share: longestMs / (cpuMs() - began) };
    };
    const scrapes = [await watched(), await watched(), await watched(), await watched(), await watched()];

    // Writing 140 000 lines takes several times the 5 ms of a turn on any machine, and none of them more than its share;
    // a full garbage collection comes into one or another, but not into all of them.
    expect(Math.min(...scrapes.map(({ turns }) => turns))).toBeGreaterThan(4);
    expect(Math.min(...scrapes.map(({ share }) => share))).toBeLessThan(1 / 3);
  });

  it('escapes what labels and help texts hold', async () => {
    const { metrics, text } = setup();
    metrics.counter('odd_total', 'Two\nlines.', ['path']).inc({ path: 'a"b\\c\nd' });
    expect(await text()).toContain('# HELP odd_total Two\\nlines.\n');
    expect(await text()).toContain('odd_total{path="a\\"b\\\\c\\nd"} 1\n');
  });
});
