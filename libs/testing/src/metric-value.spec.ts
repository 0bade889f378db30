import { afterEach, describe, expect, it } from '@jest/globals';
import { Counter, globalRegister, Metrics } from '@eggybyte/observability';
import { metricValue } from './metric-value.js';

const { registry, ...metrics } = create();
afterEach(() => globalRegister.clear());

function create() {
  const made = new Metrics();
  const sold = made.counter('sold_total', 'Sold', ['channel', 'size']);
  sold.inc({ channel: 'web', size: 1 }, 2);
  sold.inc({ channel: 'web', size: 2 }, 3);
  sold.inc({ channel: 'shop', size: 1 }, 4);
  const stock = made.gauge('stock', 'Left', ['shelf']);
  stock.set({ shelf: 'a' }, 1);
  stock.set({ shelf: 'b' }, 2);
  const took = made.histogram('took_seconds', 'Took', { labels: ['route'], buckets: [1] });
  took.observe({ route: '/' }, 0.5);
  took.observe({ route: '/' }, 5);
  took.observe({ route: '/users' }, 5);
  return { registry: made.registry, made };
}

describe(metricValue, () => {
  it.each([
    ['sold_total', {}, 9],
    ['sold_total', { channel: 'web' }, 5],
    ['sold_total', { size: 1 }, 6],
    ['sold_total', { size: '1' }, 6],
    ['sold_total', { channel: 'web', size: 2 }, 3],
    ['sold_total', { channel: 'phone' }, undefined],
    ['sold_total', { chanel: 'web' }, undefined],
    ['took_seconds', {}, 3],
    ['took_seconds', { route: '/' }, 2],
    ['took_seconds', { route: '/nothing' }, undefined],
    ['took_seconds_count', {}, undefined],
    ['stock', { shelf: 'a' }, 1],
    ['nothing', {}, undefined],
  ])('tells %s with %p as %p', async (name, labels, value) => {
    expect(await metricValue(registry, name, labels)).toBe(value);
  });

  it('tells 0 of a counter without labels that has not counted yet', async () => {
    metrics.made.counter('never_total', 'Never');
    expect(await metricValue(registry, 'never_total', {})).toBe(0);
  });

  it('collects a gauge as a scrape would', async () => {
    let now = 1;
    metrics.made.gauge('now', 'Now', [], (gauge) => gauge.set(now));
    now = 7;
    expect(await metricValue(registry, 'now', {})).toBe(7);
  });

  it('refuses to add up gauges, and names the series', async () => {
    await expect(metricValue(registry, 'stock', {})).rejects.toMatchObject({
      code: 'EGGY_TESTING_METRIC',
      message: expect.stringMatching(/^2 series of the gauge `stock` match \{\}.*\{"shelf":"a"\}, \{"shelf":"b"\}/),
    });
  });

  it('looks into the global registry for what the own one does not have', async () => {
    new Counter({ name: 'global_total', help: 'Global', registers: [globalRegister] }).inc(3);
    new Counter({ name: 'sold_total', help: 'Another', registers: [globalRegister] }).inc(100);
    expect(await metricValue(registry, 'global_total', {})).toBe(3);
    expect(await metricValue(registry, 'sold_total', {})).toBe(9);
  });
});
