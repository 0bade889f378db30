import { describe, expect, it } from '@jest/globals';
import { metricCatalogue } from '@eggybyte/observability';
import { makeReference } from './metric-reference.js';
import { runtimeMetrics } from './promql/known-metrics.js';

const lines = makeReference().split('\n');

describe('the reference of metrics', () => {
  it('has a row for each metric, with its kind, its labels and its help', () => {
    for (const [name, { kind, labels, help }] of Object.entries({ ...metricCatalogue, ...runtimeMetrics })) {
      const cells = lines
        .find((line) => line.startsWith(`| \`${name}\` `))
        ?.split('|')
        .map((cell) => cell.trim());

      expect(cells).toEqual(['', `\`${name}\``, kind, labels.map((label) => `\`${label}\``).join(', '), help, '']);
    }
  });

  it('has the buckets of each histogram', () => {
    const { buckets } = metricCatalogue.eggy_cache_operation_duration_seconds;

    expect(lines.find((line) => line.includes(buckets.join(', ')))).toContain(
      '`eggy_cache_operation_duration_seconds`',
    );
  });
});
