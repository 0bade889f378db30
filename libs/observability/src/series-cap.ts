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
    private readonly metric: string,
    private readonly labelNames: readonly string[],
    private readonly maxSeries: number,
  ) {
    this.#overflow = Object.fromEntries(labelNames.map((name) => [name, OVERFLOW]));
  }

  /** The same where they may be counted. */
  admit<L>(labels: L): L {
    // The value of a metric that is counted without its labels.
    if (typeof labels !== 'object' || labels === null) return labels;
    const key = this.#keyOf(labels as Labels);
    if (this.#keys.has(key)) return labels;
    if (this.#keys.size >= this.maxSeries) {
      this.#tell();
      return this.#overflow as L;
    }
    this.#keys.add(key);
    return labels;
  }

  /** As prom-client's methods take them: an object, or values in the order of the names. */
  labelsOf(given: readonly unknown[]): Labels {
    if (typeof given[0] === 'object') return given[0] as Labels;
    return Object.fromEntries(this.labelNames.map((name, at) => [name, given[at] as string]));
  }

  forget(labels: Labels): void {
    this.#keys.delete(this.#keyOf(labels));
  }

  forgetAll(): void {
    this.#keys.clear();
  }

  #keyOf(labels: Labels): string {
    let key = '';
    for (const name of this.labelNames) key += `${labels[name]}${SEPARATOR}`;
    return key;
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    const { label, values } = this.#widest();
    const why = `Its label \`${label}\` has ${values} values`;
    const fix = `give that label values of a short fixed list, or raise METRICS_MAX_SERIES`;
    new Logger('Metrics').warn({
      msg: `metric ${this.metric} has ${this.maxSeries} series, and all further ones are counted as "${OVERFLOW}". ${why}. Fix: ${fix}.`,
      metric: this.metric,
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
  const { name } = metric as unknown as { name: string };
  const cap = new SeriesCap(name, labelNames, maxSeries);
  for (const method of COUNTING) {
    replace(metric, method, (original) => (labels, value) => original.call(metric, cap.admit(labels), value));
  }
  if (metric instanceof Histogram) {
    replace(
      metric,
      'labels',
      (child) =>
        (...given) =>
          child.call(metric, cap.admit(cap.labelsOf(given))),
    );
    // What others have counted there stays.
    replace(metric, 'zero', (zero) => (labels) => cap.admit(labels) === labels && zero.call(metric, labels));
  }
  replace(metric, 'remove', (remove) => (...given) => {
    cap.forget(cap.labelsOf(given));
    return remove.apply(metric, given);
  });
  replace(metric, 'reset', (reset) => () => {
    cap.forgetAll();
    return reset.call(metric);
  });
}

function replace(metric: Metric, name: string, make: (original: Method) => Method): void {
  const methods = metric as unknown as Record<string, Method | undefined>;
  const original = methods[name];
  if (original) methods[name] = make(original);
}
