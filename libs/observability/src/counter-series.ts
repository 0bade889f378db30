import type { Counter } from 'prom-client';
import { keyOf, overflowKeyOf } from './series-key.js';

/** How prom-client 15 keeps a counter: https://github.com/siimon/prom-client/blob/v15.1.3/lib/counter.js */
interface CounterInside {
  hashMap?: Record<string, { value: number }>;
}

/**
 * One series of a counter, for what is counted with every request or record; it is there from its beginning, with 0. Its
 * labels are looked up once, as with {@link HistogramSeries}.
 */
export class CounterSeries<L extends string> {
  readonly #inside: CounterInside;
  #map: CounterInside['hashMap'];
  #kept: { value: number } | undefined;

  constructor(
    private readonly counter: Counter<L>,
    private readonly labels: Readonly<Record<L, string>>,
  ) {
    this.#inside = counter as unknown as CounterInside;
    this.#find();
  }

  /** @param by a finite number from 0 */
  inc(by = 1): void {
    // A counter that was reset has another map.
    if (this.#map !== this.#inside.hashMap || !this.#kept) this.#find();
    if (this.#kept) this.#kept.value += by;
    else this.counter.inc(this.labels, by);
  }

  #find(): void {
    this.counter.inc(this.labels, 0);
    this.#map = this.#inside.hashMap;
    // Beyond the cap it is one with all others.
    this.#kept = this.#map?.[keyOf(this.labels)] ?? this.#map?.[overflowKeyOf(this.labels)];
  }
}
