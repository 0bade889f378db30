import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HistogramSeries } from './histogram-series.js';
import { Metrics } from './metrics.js';

describe('the cap on the series of a metric', () => {
  let warnings: { msg: string; metric: string; label: string }[];
  beforeEach(() => {
    warnings = [];
    Logger.overrideLogger({ log: () => {}, error: () => {}, warn: (record) => void warnings.push(record) });
  });
  afterEach(() => Logger.overrideLogger(false));

  const metricsOf = (maxSeries: number) => {
    const metrics = new Metrics({ maxSeries });
    const lines = async (start: string): Promise<string[]> =>
      (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(start));
    return { metrics, lines };
  };

  it('counts what has other labels in one series, and goes on with those that are there', async () => {
    const { metrics, lines } = metricsOf(2);
    const counter = metrics.counter('c_total', 'C.', ['user', 'kind']);
    for (const user of ['a', 'b', 'c', 'd', 'a']) counter.inc({ user, kind: 'x' });
    counter.labels('e', 'x').inc(5);
    counter.labels({ user: 'b', kind: 'x' }).inc();

    expect(await lines('c_total')).toEqual([
      'c_total{user="a",kind="x"} 2',
      'c_total{user="b",kind="x"} 2',
      'c_total{user="overflow",kind="overflow"} 7',
    ]);
  });

  it('tells it once, with the label that has the most values and what helps', () => {
    const { metrics } = metricsOf(4);
    const counter = metrics.counter('c_total', 'C.', ['kind', 'user']);
    for (let n = 0; n < 9; n++) counter.inc({ kind: n % 2 === 0 ? 'even' : 'odd', user: `user-${n}` });

    expect(warnings).toEqual([{ msg: expect.any(String), metric: 'c_total', label: 'user' }]);
    expect(warnings[0]?.msg).toBe(
      'metric c_total has 4 series, and all further ones are counted as "overflow". Its label `user` has 4 values. ' +
        'Fix: give that label values of a short fixed list, or raise METRICS_MAX_SERIES.',
    );
  });

  it('holds for gauges, in each way to change one', async () => {
    const { metrics, lines } = metricsOf(1);
    const gauge = metrics.gauge('g', 'G.', ['user']);
    gauge.set({ user: 'a' }, 1);
    gauge.inc({ user: 'b' });
    gauge.inc({ user: 'c' }, 5);
    gauge.dec({ user: 'd' });
    gauge.labels('e').inc();
    expect(await lines('g{')).toEqual(['g{user="a"} 1', 'g{user="overflow"} 6']);

    gauge.labels('f').set(9);
    gauge.startTimer({ user: 'g' })();
    gauge.setToCurrentTime({ user: 'h' });
    expect(await lines('g{user="')).toHaveLength(2);
  });

  it('holds for histograms, in each way to observe one', async () => {
    const { metrics, lines } = metricsOf(1);
    const histogram = metrics.histogram('h_seconds', 'H.', { labels: ['user'], buckets: [1] });
    histogram.observe({ user: 'a' }, 0.5);
    histogram.observe({ user: 'b' }, 0.5);
    histogram.labels('c').observe(2);
    histogram.labels({ user: 'd' }).observe(2);
    histogram.zero({ user: 'e' });
    new HistogramSeries(histogram, { user: 'f' }).observe(2);
    const kept = new HistogramSeries(histogram, { user: 'a' });
    kept.observe(0.5);
    const end = histogram.startTimer({ user: 'g' });
    end();

    expect(await lines('h_seconds_count')).toEqual([
      'h_seconds_count{user="a"} 2',
      'h_seconds_count{user="overflow"} 5',
    ]);
  });

  it('lets another series in when one is removed, and all when the metric is reset', async () => {
    const { metrics, lines } = metricsOf(2);
    const counter = metrics.counter('c_total', 'C.', ['user']);
    for (const user of ['a', 'b']) counter.inc({ user });
    counter.remove('a');
    counter.remove({ user: 'unknown' });
    counter.inc({ user: 'c' });
    expect(await lines('c_total')).toEqual(['c_total{user="b"} 1', 'c_total{user="c"} 1']);

    counter.reset();
    for (const user of ['d', 'e', 'f']) counter.inc({ user });
    expect(await lines('c_total{user="')).toEqual([
      'c_total{user="d"} 1',
      'c_total{user="e"} 1',
      'c_total{user="overflow"} 1',
    ]);
  });

  it('holds for the children of a histogram, whatever becomes of their series and their labels', async () => {
    const { metrics, lines } = metricsOf(2);
    const histogram = metrics.histogram('h_seconds', 'H.', { labels: ['user'], buckets: [1] });
    const children = ['a', 'b', 'c', 'd'].map((user) => {
      const child = histogram.labels(user);
      histogram.remove(user);
      return child;
    });
    for (const child of [...children, ...children]) child.observe(1);
    const labels = { user: 'a' };
    const kept = histogram.labels(labels);
    labels.user = 'e';
    kept.observe(1);
    histogram.labels('f').startTimer()();
    expect(await lines('h_seconds_count')).toEqual([
      'h_seconds_count{user="a"} 3',
      'h_seconds_count{user="b"} 2',
      'h_seconds_count{user="overflow"} 5',
    ]);

    histogram.remove('a');
    children[2]?.observe(1);
    expect(await lines('h_seconds_count{user="c"}')).toEqual(['h_seconds_count{user="c"} 1']);
  });

  it('is used up by series alone, not by what prom-client refuses', async () => {
    const { metrics, lines } = metricsOf(1);
    const counter = metrics.counter('c_total', 'C.', ['user']);
    const gauge = metrics.gauge('g', 'G.', ['user']);
    const histogram = metrics.histogram('h_seconds', 'H.', { labels: ['user'] });
    const bad = [
      () => counter.inc({ user: 'bad' }, -1),
      () => gauge.set({ user: 'bad' }, '1' as never),
      () => histogram.observe({ user: 'bad' }, Number.NaN),
      () => histogram.labels('bad').observe(Number.NaN),
    ];
    for (const refused of bad) expect(refused).toThrow(/decrease|valid number/);
    histogram.labels('never observed');
    counter.inc({ user: 'a' });
    gauge.set({ user: 'a' }, 1);
    histogram.observe({ user: 'a' }, 1);
    expect(await lines('c_total')).toEqual(['c_total{user="a"} 1']);
    expect(await lines('g{')).toEqual(['g{user="a"} 1']);
    expect(await lines('h_seconds_count')).toEqual(['h_seconds_count{user="a"} 1']);
    expect(warnings).toEqual([]);
  });

  it('keeps the place of a series that was not removed', async () => {
    const { metrics, lines } = metricsOf(1);
    const counter = metrics.counter<string>('c_total', 'C.', ['user']);
    counter.inc({ user: 'a' });
    expect(() => counter.remove({ user: 'a', usr: 'a' })).toThrow('usr');
    counter.inc({ user: 'b' });
    expect(await lines('c_total')).toEqual(['c_total{user="a"} 1', 'c_total{user="overflow"} 1']);
  });

  it('is 2000 for each metric of its own, and nothing to one without labels', async () => {
    const metrics = new Metrics();
    const [first, second] = [metrics.counter('a_total', 'A.', ['n']), metrics.counter('b_total', 'B.', ['n'])];
    const bare = metrics.counter('c_total', 'C.');
    for (let n = 0; n < 2005; n++) {
      first.inc({ n });
      if (n < 2000) second.inc({ n });
      bare.inc();
    }

    const text = await metrics.registry.metrics();
    expect(text.match(/^a_total\{/gm)).toHaveLength(2001);
    expect(text).toContain('a_total{n="overflow"} 5\n');
    expect(text.match(/^b_total\{/gm)).toHaveLength(2000);
    expect(text).toContain('c_total 2005\n');
    expect(warnings.map(({ metric }) => metric)).toEqual(['a_total']);
  });

  it('keeps what prom-client says of labels and values that are wrong', () => {
    const counter = new Metrics({ maxSeries: 2 }).counter<string>('c_total', 'C.', ['user']);

    expect(() => counter.inc({ usr: 'a' })).toThrow('usr');
    expect(() => counter.inc({ user: 'a' }, Number.NaN)).not.toThrow();
    expect(() => counter.inc({ user: 'a' }, -1)).toThrow('decrease');
  });
});
