import { describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.js';

const CLASH: unknown = expect.objectContaining({ code: 'EGGY_OBSERVABILITY_METRIC' });

describe('Metrics', () => {
  it('counts', async () => {
    const metrics = new Metrics();

    metrics.counter('shop_sold_total', 'Products sold.', ['channel']).inc({ channel: 'web' }, 2);

    expect(await metrics.registry.metrics()).toBe(
      [
        '# HELP shop_sold_total Products sold.',
        '# TYPE shop_sold_total counter',
        'shop_sold_total{channel="web"} 2',
        '',
      ].join('\n'),
    );
  });

  it('measures', async () => {
    const metrics = new Metrics();

    metrics.gauge('shop_stock', 'Products in stock.').set(12);

    expect(await metrics.registry.metrics()).toContain('shop_stock 12\n');
  });

  it('measures at each scrape, when told how', async () => {
    const metrics = new Metrics();
    let stock = 1;
    metrics.gauge('shop_stock', 'Products in stock.', ['shelf'], (gauge) => gauge.set({ shelf: 'a' }, stock++));

    expect(await metrics.registry.metrics()).toContain('shop_stock{shelf="a"} 1\n');
    expect(await metrics.registry.metrics()).toContain('shop_stock{shelf="a"} 2\n');
  });

  it('distributes into buckets of seconds, or into those it is given', async () => {
    const metrics = new Metrics();

    metrics.histogram('shop_visit_seconds', 'Visits.').observe(0.3);
    metrics.histogram('shop_cart_bytes', 'Carts.', { labels: ['size'], buckets: [10, 100] }).observe({ size: 's' }, 50);

    const text = await metrics.registry.metrics();
    expect(text).toContain('shop_visit_seconds_bucket{le="0.25"} 0\n');
    expect(text).toContain('shop_visit_seconds_bucket{le="0.5"} 1\n');
    expect(text).toContain('shop_cart_bytes_bucket{le="100",size="s"} 1\n');
    expect(text.match(/shop_cart_bytes_bucket/g)).toHaveLength(3);
  });

  it('gives the same metric to whoever asks for it, whatever the order of the labels', () => {
    const metrics = new Metrics();

    expect(metrics.counter('a_total', 'A.', ['x', 'y'])).toBe(metrics.counter('a_total', 'A again.', ['y', 'x']));
    expect(metrics.gauge('b', 'B.')).toBe(metrics.gauge('b', 'B.'));
    expect(metrics.histogram('c', 'C.')).toBe(metrics.histogram('c', 'C.', { labels: [] }));
  });

  it('refuses a name that exists as another kind', () => {
    const metrics = new Metrics();
    metrics.counter('a_total', 'A.');
    metrics.histogram('b', 'B.');

    expect(() => metrics.gauge('a_total', 'A.')).toThrow(CLASH);
    expect(() => metrics.histogram('a_total', 'A.')).toThrow(CLASH);
    expect(() => metrics.counter('b', 'B.')).toThrow(CLASH);
  });

  it.each([[[]], [['x']], [['x', 'z']], [['x', 'y', 'z']]])(
    'refuses a name that exists with other labels: %j',
    (labels) => {
      const metrics = new Metrics();
      metrics.counter('a_total', 'A.', ['x', 'y']);

      expect(() => metrics.counter('a_total', 'A.', labels)).toThrow(CLASH);
      expect(() => metrics.counter('a_total', 'A.', labels)).toThrow('Metric `a_total` exists');
    },
  );

  it('shares nothing with the metrics of another application', async () => {
    const [one, other] = [new Metrics(), new Metrics()];

    one.counter('a_total', 'A.').inc();
    other.gauge('a_total', 'A of another kind.').set(7);

    expect(await one.registry.metrics()).toContain('a_total 1\n');
    expect(await other.registry.metrics()).toContain('a_total 7\n');
  });

  it.each(['', '1st', 'with-dash', 'with blank', 'ünicode', 'a_total\n'])('refuses the name %j', (name) => {
    const metrics = new Metrics();
    const refused = expect.objectContaining({
      code: 'EGGY_OBSERVABILITY_METRIC_NAME',
      message: `Metric \`${name}\` cannot be made: ${JSON.stringify(name)} is no name. Fix: use letters, digits and _, and no digit at its beginning.`,
    });
    expect(() => metrics.counter(name, 'Help.')).toThrow(refused);
    expect(() => metrics.gauge(name, 'Help.')).toThrow(refused);
    expect(() => metrics.histogram(name, 'Help.')).toThrow(refused);
  });

  it.each([
    [['channel', 'with-dash'], '"with-dash" is no name'],
    [[''], '"" is no name'],
    [['1st'], '"1st" is no name'],
    [['__name__'], '"__name__" is kept for Prometheus'],
    [['le'], '"le" is kept for Prometheus'],
    [['x', 'y', 'x'], '"x" is there twice'],
  ])('refuses the labels %j, with the name of the metric', async (labels, why) => {
    const metrics = new Metrics();
    const told = `Metric \`sold_total\` cannot be made: its label ${why}. Fix: `;
    expect(() => metrics.counter('sold_total', 'Sold.', labels)).toThrow(told);
    expect(() => metrics.gauge('sold_total', 'Sold.', labels)).toThrow(told);
    expect(() => metrics.histogram('sold_total', 'Sold.', { labels })).toThrow(told);
    expect((await metrics.registry.metrics()).trim()).toBe('');
  });

  it('refuses a metric without help', () => {
    expect(() => new Metrics().counter('a_total', '')).toThrow('it has no help text');
  });

  it('takes only labels that the metric has, as the compiler sees it', () => {
    const metrics = new Metrics();
    const counter = metrics.counter('a_total', 'A.', ['channel']);

    counter.inc({ channel: 'web' });
    // @ts-expect-error there is no such label
    expect(() => counter.inc({ chanel: 'web' })).toThrow('chanel');
  });
});
