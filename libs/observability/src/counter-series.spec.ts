import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { CounterSeries } from './counter-series.js';
import { Metrics } from './metrics.js';

const make = (metrics = new Metrics()) => metrics.counter('c_total', 'C.', ['b', 'a']);

describe('CounterSeries', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('is there with 0, and counts what prom-client would', async () => {
    const metrics = new Metrics();
    const counter = make(metrics);
    const series = new CounterSeries(counter, { a: 'x', b: '1' });
    expect(await metrics.registry.metrics()).toContain('c_total{a="x",b="1"} 0\n');

    series.inc();
    counter.inc({ a: 'x', b: '1' }, 5);
    new CounterSeries(counter, { b: '1', a: 'x' }).inc();
    series.inc();
    expect(await metrics.registry.metrics()).toContain('c_total{a="x",b="1"} 8\n');
  });

  it('begins anew with a counter that is reset', async () => {
    const metrics = new Metrics();
    const counter = make(metrics);
    const series = new CounterSeries(counter, { a: 'x', b: '1' });
    series.inc();
    counter.reset();
    series.inc();

    expect(await metrics.registry.metrics()).toContain('c_total{a="x",b="1"} 1\n');
  });

  it('is one with all others beyond the cap', async () => {
    const metrics = new Metrics({ maxSeries: 1 });
    const counter = make(metrics);
    const [first, second, third] = ['1', '2', '3'].map((b) => new CounterSeries(counter, { a: 'x', b }));
    for (const series of [first, second, third, third]) series?.inc();

    const text = await metrics.registry.metrics();
    expect(text).toContain('c_total{a="x",b="1"} 1\n');
    expect(text).toContain('c_total{b="overflow",a="overflow"} 3\n');
  });

  it('does without the insides of prom-client where they are others', () => {
    const counter = make();
    const counted: unknown[] = [];
    const other = Object.create(counter, { hashMap: { value: undefined } }) as typeof counter;
    other.inc = (...given: unknown[]) => void counted.push(given);
    new CounterSeries(other, { a: 'x', b: '1' }).inc();

    expect(counted).toContainEqual([{ a: 'x', b: '1' }, 1]);
  });
});
