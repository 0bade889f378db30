import { describe, expect, it } from '@jest/globals';
import { HistogramSeries } from './histogram-series.js';
import { Metrics } from './metrics.js';

const make = (metrics = new Metrics()) =>
  metrics.histogram('h_seconds', 'H', { labels: ['a', 'b'], buckets: [0.1, 1, 10] });

describe('HistogramSeries', () => {
  it('tells what prom-client would tell, series by series', async () => {
    const [fast, slow] = [new Metrics(), new Metrics()];
    const [first, second] = [make(fast), make(slow)];
    const series = new HistogramSeries(first, { a: 'x', b: '1' });
    const other = new HistogramSeries(first, { a: 'x', b: '2' });
    for (const value of [0, 0.05, 0.1, 0.100_01, 1, 5, 10, 11, 1e9]) {
      series.observe(value);
      second.observe({ a: 'x', b: '1' }, value);
    }
    other.observe(3);
    second.labels('x', '2').observe(3);

    expect(await fast.registry.metrics()).toBe(await slow.registry.metrics());
  });

  it('shares its series with whoever observes it by its labels, before and after', async () => {
    const metrics = new Metrics();
    const histogram = make(metrics);
    histogram.observe({ a: 'x', b: '1' }, 1);
    new HistogramSeries(histogram, { a: 'x', b: '1' }).observe(2);
    new HistogramSeries(histogram, { b: '1', a: 'x' }).observe(3);
    histogram.labels('x', '1').observe(4);

    expect(await metrics.registry.metrics()).toContain('h_seconds_count{a="x",b="1"} 4');
  });

  it('begins anew with a histogram that is reset', async () => {
    const metrics = new Metrics();
    const histogram = make(metrics);
    const series = new HistogramSeries(histogram, { a: 'x', b: '1' });
    series.observe(1);
    histogram.reset();
    series.observe(2);

    expect(await metrics.registry.metrics()).toMatch(
      /h_seconds_sum\{a="x",b="1"\} 2\nh_seconds_count\{a="x",b="1"\} 1\n/,
    );
  });

  it('does without the insides of prom-client where they are others', async () => {
    const metrics = new Metrics();
    const histogram = make(metrics);
    const series = new HistogramSeries(Object.create(histogram, { hashMap: { value: undefined } }), { a: 'x', b: '1' });
    const observed: unknown[] = [];
    histogram.observe = (...given: unknown[]) => void observed.push(given);
    series.observe(2);

    expect(observed).toEqual([[{ a: 'x', b: '1' }, 2]]);
  });
});
