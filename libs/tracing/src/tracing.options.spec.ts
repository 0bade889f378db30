import { describe, expect, it } from '@jest/globals';
import { resolveTracingOptions, type TracingOptions } from './tracing.options.js';

const LEAST = { url: 'http://otel:4318/v1/traces', serviceName: 'shop' };

describe('resolveTracingOptions', () => {
  it('fills in what is not said', () => {
    expect(resolveTracingOptions(LEAST)).toMatchObject({
      protocol: 'http/protobuf',
      sampler: 'parentbased_always_on',
      samplerRatio: 1,
      timeoutMs: 10_000,
      scheduleDelayMs: 5000,
      maxQueueSize: 2048,
    });
  });

  it.each<[string, Partial<TracingOptions>, RegExp]>([
    ['no URL', { url: 'otel:4318' }, /`url` to be an http\(s\) URL, got `otel:4318`/],
    ['a gRPC URL', { url: 'grpc://otel:4317' }, /`url`/],
    ['a ratio above 1', { samplerRatio: 10 }, /`samplerRatio` to be a number from 0 to 1, got `10`/],
    ['no ratio', { samplerRatio: Number.NaN }, /`samplerRatio`/],
    ['an empty queue', { maxQueueSize: 0 }, /`maxQueueSize` to be a whole number from 1/],
    ['half a span', { maxExportBatchSize: 0.5 }, /`maxExportBatchSize`/],
    ['no duration', { timeout: '10' as never }, /`timeout`/],
  ])('refuses %s', (_, options, message) => {
    expect(() => resolveTracingOptions({ ...LEAST, ...options })).toThrow(message);
  });

  it('asks a function for the headers each time', () => {
    let key = 'one';
    const { headers } = resolveTracingOptions({ ...LEAST, headers: () => ({ key }) });
    key = 'two';
    expect(headers()).toEqual({ key: 'two' });
  });
});
