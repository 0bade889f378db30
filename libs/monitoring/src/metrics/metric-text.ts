import { type HistogramRows, histogramRows } from '@eggybyte/observability';
import type { TextFormat } from './scrape-format.js';

type LabelValues = Readonly<Record<string, string | number>>;

/** What prom-client tells of one series. */
interface Sample {
  value: number;
  labels?: LabelValues;
  /** Labels of the series that its `labels` do not repeat. */
  sharedLabels?: LabelValues;
  /** That of the sample, where it is not the metric's: `_bucket`, `_sum`, `_count`. */
  metricName?: string;
  exemplar?: { labelSet: LabelValues; value: number; timestamp: number } | null;
}

interface Told {
  name: string;
  help: string;
  type: string;
  values?: readonly Sample[];
}

/** A metric as prom-client keeps it, of any of its kinds, or of a user's own. */
export interface CollectedMetric {
  name: string;
  help: string;
  type: string;
  collect?: () => unknown;
  get(): Promise<Told>;
  getForPromString?(): Promise<Told>;
}

/** Lines of one metric, piece by piece: thousands of them at once would block the event loop. */
export type MetricText = (format: TextFormat) => Iterable<string>;

/** Lets `metric` collect, and gives what writes its lines. */
export async function collectMetric(
  metric: CollectedMetric,
  defaultLabels: LabelValues | undefined,
): Promise<MetricText> {
  const histogram = defaultLabels ? undefined : histogramRows(metric as never);
  if (!histogram) {
    const told = await (metric.getForPromString?.() ?? metric.get());
    return (format) => familyOf(told, format, () => samplesOf(told, format, defaultLabels));
  }
  await metric.collect?.();
  return (format) => familyOf(metric, format, () => rowsOf(metric.name, histogram));
}

/** One metric with all its lines: first those about it, then one piece for each series. */
function* familyOf({ name, help, type }: Told, format: TextFormat, pieces: () => Iterable<string>): Iterable<string> {
  const isOpen = format === 'openmetrics';
  const isTotal = name.endsWith(TOTAL);
  // There a counter's name has no suffix, and each of its samples has one: one that is named without keeps its name so.
  const family = isOpen && type === 'counter' && isTotal ? name.slice(0, -TOTAL.length) : name;
  const kind = isOpen && type === 'counter' && !isTotal ? 'unknown' : type;
  yield `# HELP ${family} ${isOpen ? escaped(help).replaceAll('"', '\\"') : escaped(help)}\n# TYPE ${family} ${kind}\n`;
  yield* pieces();
}

const TOTAL = '_total';

function* samplesOf(
  { name, values = [] }: Told,
  format: TextFormat,
  defaultLabels: LabelValues | undefined,
): Iterable<string> {
  for (const { value, labels = {}, sharedLabels, metricName = name, exemplar } of values) {
    const text =
      sharedLabels || defaultLabels
        ? labelsText({ ...labels, ...defaultLabels, ...sharedLabels, ...labels })
        : keptText(labels);
    const told = exemplar && format === 'openmetrics' ? exemplarText(exemplar) : '';
    yield `${metricName}${text && `{${text}}`} ${numberText(value)}${told}\n`;
  }
}

function* rowsOf(name: string, { bounds, rows }: HistogramRows): Iterable<string> {
  const les = bounds.map((bound) => `le="${bound}"`);
  for (const { labels, bucketValues, sum, count } of rows()) {
    const own = keptText(labels);
    const behind = own && `,${own}`;
    let text = '';
    let total = 0;
    for (const [at, le] of les.entries()) {
      total += bucketValues[bounds[at] as number] ?? 0;
      text += `${name}_bucket{${le}${behind}} ${total}\n`;
    }
    const braced = own && `{${own}}`;
    yield `${text}${name}_bucket{le="+Inf"${behind}} ${count}\n${name}_sum${braced} ${numberText(sum)}\n${name}_count${braced} ${count}\n`;
  }
}

/** By the object that prom-client keeps for a series as long as there is one. */
const texts = new WeakMap<object, string>();

function keptText(labels: LabelValues): string {
  let text = texts.get(labels);
  if (text === undefined) texts.set(labels, (text = labelsText(labels)));
  return text;
}

function labelsText(labels: LabelValues): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(String(value)).replaceAll('"', '\\"')}"`)
    .join(',');
}

function exemplarText({ labelSet, value, timestamp }: NonNullable<Sample['exemplar']>): string {
  return ` # {${labelsText(labelSet)}} ${numberText(value)} ${timestamp}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
