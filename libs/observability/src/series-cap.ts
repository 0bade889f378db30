import { Logger } from '@nestjs/common';
import { Histogram, type Metric } from 'prom-client';

/** What each label of the one series says that stands for all beyond the cap. */
export const OVERFLOW = 'overflow';

/** In no value of a label that anybody means to have. */
const SEPARATOR = '\0';

type Labels = Record<string, string | number>;

/**
 * The series of one metric, up to its cap. What has other labels then is counted in one series, `overflow`, as each
 * series takes memory for ever and time at every scrape; a label with values from outside makes one of each.
 */
class SeriesCap {
  readonly #keys = new Set<string>();
  readonly #overflow: Labels;
  #told = false;

  constructor(
    private readonly metric: Metric,
    private readonly labelNames: readonly string[],
    private readonly maxSeries: number,
  ) {
    this.#overflow = Object.fromEntries(labelNames.map((name) => [name, OVERFLOW]));
  }

  /** Calls a method of the metric with the labels under which it may count. */
  count(method: Method, labels: unknown, value?: unknown): unknown {
    // The value of a metric that is counted without its labels.
    if (typeof labels !== 'object' || labels === null) return method.call(this.metric, labels, value);
    return this.countAs(this.keyOf(labels as Labels), method, labels as Labels, value);
  }

  /** The same for one who knows the key of these labels. */
  countAs(key: string, method: Method, labels: Labels, value?: unknown): unknown {
    if (this.#keys.has(key)) return method.call(this.metric, labels, value);
    if (this.#keys.size >= this.maxSeries) {
      const counted = method.call(this.metric, this.#overflow, value);
      this.#tell();
      return counted;
    }
    const counted = method.call(this.metric, labels, value);
    // What prom-client refused by throwing takes no place.
    this.#keys.add(key);
    return counted;
  }

  isOverflow(labels: unknown): boolean {
    return labels === this.#overflow;
  }

  /** As prom-client's methods take them: an object, or values in the order of the names. */
  labelsOf(given: readonly unknown[]): Labels {
    if (typeof given[0] === 'object') return given[0] as Labels;
    return Object.fromEntries(this.labelNames.map((name, at) => [name, given[at] as string]));
  }

  forget(labels: Labels): void {
    this.#keys.delete(this.keyOf(labels));
  }

  forgetAll(): void {
    this.#keys.clear();
  }

  keyOf(labels: Labels): string {
    let key = '';
    for (const name of this.labelNames) key += `${labels[name]}${SEPARATOR}`;
    return key;
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    const { label, values } = this.#widest();
    const { name } = this.metric as unknown as { name: string };
    const why = `Its label \`${label}\` has ${values} values`;
    const fix = `give that label values of a short fixed list, or raise METRICS_MAX_SERIES`;
    new Logger('Metrics').warn({
      msg: `metric ${name} has ${this.maxSeries} series, and all further ones are counted as "${OVERFLOW}". ${why}. Fix: ${fix}.`,
      metric: name,
      label,
    });
  }

  #widest(): { label: string; values: number } {
    const parts = [...this.#keys].map((key) => key.split(SEPARATOR));
    const counts = this.labelNames.map((label, at) => ({ label, values: new Set(parts.map((part) => part[at])).size }));
    return counts.reduce((widest, next) => (next.values > widest.values ? next : widest), { label: '', values: 0 });
  }
}

type Method = (this: Metric, first?: unknown, ...others: unknown[]) => unknown;

/** Those of prom-client's methods that count; children and timers of counters and gauges go by them. */
const COUNTING = ['inc', 'dec', 'set', 'observe'];

/** Keeps a metric that was just made to so many series. Nothing of prom-client is changed but this one object. */
export function capSeries(metric: Metric, labelNames: readonly string[], maxSeries: number): void {
  if (labelNames.length === 0) return;
  const cap = new SeriesCap(metric, labelNames, maxSeries);
  if (metric instanceof Histogram) capHistogram(metric, cap);
  for (const name of COUNTING) {
    replace(metric, name, (method) => (labels, value) => cap.count(method, labels, value));
  }
  replace(metric, 'remove', (remove) => (...given) => {
    const removed = remove.apply(metric, given);
    cap.forget(cap.labelsOf(given));
    return removed;
  });
  replace(metric, 'reset', (reset) => () => {
    cap.forgetAll();
    return reset.call(metric);
  });
}

/** Before `observe` itself is replaced: prom-client's children go past it. */
function capHistogram(histogram: Histogram, cap: SeriesCap): void {
  const { observe } = histogram as unknown as { observe: Method };
  replace(histogram, 'labels', (labelled) => (...given) => {
    const child = labelled.apply(histogram, given) as object;
    // The key stays that of these labels, even if whoever gave them changes them later.
    const labels = { ...cap.labelsOf(given) };
    const key = cap.keyOf(labels);
    return { ...child, observe: (value: number) => void cap.countAs(key, observe, labels, value) };
  });
  replace(histogram, 'zero', (zero) => {
    // What others have counted there stays.
    const zeroOwn: Method = (labels) => (cap.isOverflow(labels) ? undefined : zero.call(histogram, labels));
    return (labels) => cap.count(zeroOwn, labels);
  });
}

function replace(metric: Metric, name: string, make: (original: Method) => Method): void {
  const methods = metric as unknown as Record<string, Method | undefined>;
  const original = methods[name];
  if (original) methods[name] = make(original);
}
