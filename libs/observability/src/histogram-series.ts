import type { Histogram } from 'prom-client';
import type { HistogramInside, KeptSeries } from './histogram-inside.js';
import { keyOf, overflowKeyOf } from './series-key.js';

/**
 * One series of a histogram, for what is observed with every request. prom-client's own way looks the series up by its
 * labels each time, which costs more than all else that is done for a metric; here that happens once. Where prom-client
 * keeps its series in another way, it is used as it is.
 */
export class HistogramSeries<L extends string> {
  readonly #inside: HistogramInside;
  readonly #labels: Record<L, string>;
  /** Names of the buckets, as a number would be made a text at each observation. */
  readonly #buckets: readonly string[];
  #map: HistogramInside['hashMap'];
  #kept: KeptSeries | undefined;

  constructor(
    private readonly histogram: Histogram<L>,
    labels: Record<L, string>,
  ) {
    this.#inside = histogram as unknown as HistogramInside;
    this.#labels = labels;
    this.#buckets = this.#inside.upperBounds?.map(String) ?? [];
  }

  /** @param value a finite number */
  observe(value: number): void {
    // A histogram that was reset has another map.
    if (this.#map !== this.#inside.hashMap || !this.#kept) this.#find();
    const kept = this.#kept;
    const { upperBounds } = this.#inside;
    if (!kept || !upperBounds) {
      this.histogram.observe(this.#labels, value);
      return;
    }
    kept.sum += value;
    kept.count += 1;
    for (let at = 0; at < upperBounds.length; at++) {
      if (value > (upperBounds[at] as number)) continue;
      const bucket = this.#buckets[at] as string;
      kept.bucketValues[bucket] = (kept.bucketValues[bucket] ?? 0) + 1;
      return;
    }
  }

  #find(): void {
    const { hashMap } = this.#inside;
    this.#map = hashMap;
    if (!hashMap) return;
    const own = keyOf(this.#labels);
    if (!hashMap[own]) this.histogram.zero(this.#labels);
    // Beyond the cap it is one with all others.
    this.#kept = hashMap[own] ?? hashMap[overflowKeyOf(this.#labels)];
  }
}
