import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Counter, Gauge, Metrics, Registry } from '@eggybyte/observability';
import { Exposition } from './exposition.js';

function setup(collectMs = 5000) {
  const metrics = new Metrics();
  const users = new Registry();
  const exposition = new Exposition(metrics, users, collectMs);
  const text = async () => (await exposition.scrape()).toString();
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
    const second = await text();
    expect(second).toContain('eggy_monitoring_collect_errors_total{metric="bad"} 1');
    expect(second).toContain('eggy_monitoring_collect_errors_total{metric="worse"} 1');
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

  it('escapes what labels and help texts hold', async () => {
    const { metrics, text } = setup();
    metrics.counter('odd_total', 'Two\nlines.', ['path']).inc({ path: 'a"b\\c\nd' });
    expect(await text()).toContain('# HELP odd_total Two\\nlines.\n');
    expect(await text()).toContain('odd_total{path="a\\"b\\\\c\\nd"} 1\n');
  });
});
