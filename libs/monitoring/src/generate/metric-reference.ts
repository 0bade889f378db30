import { metricCatalogue, type MetricDefinition } from '@eggybyte/observability';
import { runtimeMetrics } from './promql/known-metrics.js';

/** See `metricReference`. */
export function makeReference(): string {
  const catalogue: [string, MetricDefinition][] = Object.entries(metricCatalogue);
  const histograms = catalogue.flatMap(([name, { buckets }]) => (buckets ? [[code(name), buckets.join(', ')]] : []));
  return [
    '# Metrics',
    '',
    'Each metric that the suite makes itself. One that belongs to a part which a service does not use is not served. Names',
    "that do not begin with `eggy_` are those of OpenTelemetry's conventions in Prometheus form, or of prom-client.",
    '',
    ...table(['metric', 'kind', 'labels', 'what it tells'], catalogue.map(row)),
    '',
    '## Buckets',
    '',
    'Upper bounds of the histograms, in seconds.',
    '',
    ...table(['histogram', 'buckets'], histograms),
    '',
    '## Process and runtime',
    '',
    "Those of prom-client's defaults that dashboard and alerts use; the others are served as well.",
    '',
    ...table(['metric', 'kind', 'labels', 'what it tells'], Object.entries(runtimeMetrics).map(row)),
    '',
  ].join('\n');
}

function row([name, { kind, labels, help }]: [string, MetricDefinition]): string[] {
  return [code(name), kind, labels.map(code).join(', '), help];
}

const code = (text: string) => `\`${text}\``;

/** With columns as wide as their widest cell, so that the text is read as well as the page. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [head, head.map(() => ''), ...rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))];
  const widths = head.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines.map((cells, at) => {
    const padded = widths.map((width, column) => (cells[column] ?? '').padEnd(width, at === 1 ? '-' : ' '));
    return `| ${padded.join(' | ')} |`;
  });
}
