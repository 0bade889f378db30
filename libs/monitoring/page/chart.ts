import type { Sample } from '../src/overview/overview-report.js';
import { BOX, drawLine, niceTop, type Scale, withoutZeros, xOf, yOf } from './chart-line.js';
import { el, setAttribute, setText, show, svg } from './element.js';
import { age, clock, NOTHING } from './format.js';
import { WINDOW_MS } from './service-state.js';

const MINUTE_MS = 60_000;

export interface Series {
  label: string;
  look: 'main' | 'second' | 'bad';
  readonly valueOf: (sample: Sample) => number | null;
}

export interface ChartOptions {
  title: string;
  /** The first one is written large. */
  series: readonly [Series, ...Series[]];
  readonly format: (value: number) => string;
  /** Upper end of the scale where it is not the highest value. */
  top?: number;
  /** A value that is not to be reached, drawn where the scale gets that far. */
  limit?: number | undefined;
  /** What it means that nothing was measured. */
  empty: string;
  /** More about the latest sample. */
  readonly note?: (sample: Sample) => string;
}

/** A card with the values of now and the last 15 minutes; arrow keys and the pointer tell the values of a time. */
export class Chart {
  readonly node: HTMLElement;
  readonly #legend: { value: HTMLElement; line: SVGPathElement }[];
  readonly #area = svg('path', { class: 'area' });
  readonly #limit = svg('line', { class: 'limit', x1: '0', x2: `${BOX.width}` });
  readonly #cursor = svg('line', { class: 'cursor', y1: '0', y2: `${BOX.height}` });
  readonly #top = el('span', { class: 'top' });
  readonly #readout = el('output', { class: 'readout', 'aria-hidden': 'true' });
  readonly #ends = [el('span'), el('span', {}, 'now')] as const;
  readonly #note = el('p', { class: 'note' });
  readonly #plot: HTMLElement;
  #options: ChartOptions;
  #samples: readonly Sample[] = [];
  /** Time that is looked at, which stays when samples come. */
  #lookedAt: number | undefined;
  #now = 0;

  constructor(options: ChartOptions) {
    this.#options = options;
    this.#legend = options.series.map(({ look }) => ({
      value: el('b', {}, NOTHING),
      line: svg('path', { class: `line ${look}` }),
    }));
    const box = svg(
      'svg',
      { viewBox: `0 0 ${BOX.width} ${BOX.height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      this.#area,
      this.#limit,
      ...this.#legend.map(({ line }) => line).toReversed(),
      this.#cursor,
    );
    this.#plot = el('div', { class: 'plot', role: 'slider', tabindex: '0', 'aria-valuemin': '0' }, box, this.#top);
    setAttribute(this.#plot, 'aria-label', `${options.title} over time`);
    const legend = options.series.map(({ label, look }, index) =>
      el('p', { class: index === 0 ? 'large' : 'small' }, this.#legend[index]?.value, ' ', swatch(look, label)),
    );
    this.node = el(
      'article',
      { class: 'card chart' },
      el('h3', {}, options.title),
      el('div', { class: 'legend' }, ...legend),
      this.#plot,
      el('div', { class: 'axis' }, this.#ends[0], this.#readout, this.#ends[1]),
      this.#note,
    );
    this.#listen();
    this.#point(undefined);
  }

  update(samples: readonly Sample[], now: number, options: Partial<ChartOptions> = {}): void {
    this.#options = { ...this.#options, ...options };
    this.#samples = samples;
    this.#now = now;
    const { series, format, note, limit, empty } = this.#options;
    const scale = this.#scale();
    const latest = samples.at(-1);
    let measured = false;
    series.forEach(({ look, valueOf }, index) => {
      const entry = this.#legend[index];
      if (!entry) return;
      const points = samples.map((sample) => ({ at: sample.at_ms, value: valueOf(sample) }));
      measured ||= points.some(({ value }) => value !== null);
      const drawn = drawLine(look === 'bad' ? withoutZeros(points) : points, scale);
      setAttribute(entry.line, 'd', drawn.line);
      if (index === 0) setAttribute(this.#area, 'd', drawn.area);
      setText(entry.value, textOf(latest && valueOf(latest), format));
    });
    const limitY = limit !== undefined && limit <= scale.top ? `${yOf(limit, scale)}` : undefined;
    this.#limit.classList.toggle('off', limitY === undefined);
    for (const end of ['y1', 'y2']) setAttribute(this.#limit, end, limitY);
    setText(this.#ends[0], `${age(scale.to - scale.from)} ago`);
    setText(this.#top, measured ? format(scale.top) : '');
    setText(this.#note, !measured ? empty : latest && note ? note(latest) : '');
    setAttribute(this.#plot, 'aria-valuemax', `${Math.max(0, samples.length - 1)}`);
    this.#tell();
  }

  #scale(): Scale {
    const { top, series, limit } = this.#options;
    const values = this.#samples.flatMap((sample) => series.map(({ valueOf }) => valueOf(sample) ?? 0));
    const highest = Math.max(0, ...values);
    // A limit far above everything would press the line to the ground.
    const isNear = limit !== undefined && highest <= limit && limit <= highest * 5;
    const to = this.#samples.at(-1)?.at_ms ?? this.#now;
    const known = Math.ceil((to - (this.#samples[0]?.at_ms ?? to)) / MINUTE_MS) * MINUTE_MS;
    const span = Math.min(Math.max(known, MINUTE_MS), WINDOW_MS);
    return { from: to - span, to, top: top ?? (isNear ? limit : niceTop(highest)) };
  }

  /** Of the sample that is looked at, or else the latest: the line in the chart, and the words. */
  #tell(): void {
    const index = this.#index();
    const sample = this.#samples[index];
    const isLooking = this.#lookedAt !== undefined && sample !== undefined;
    setAttribute(this.#plot, 'aria-valuenow', `${Math.max(0, index)}`);
    setAttribute(this.#plot, 'aria-valuetext', sample ? this.#words(sample, ', ') : this.#options.empty);
    this.#cursor.classList.toggle('off', !isLooking);
    for (const end of this.#ends) show(end, !isLooking);
    setText(this.#readout, isLooking ? this.#words(sample, ' · ') : '');
    if (!isLooking) return;
    const x = `${xOf(sample.at_ms, this.#scale())}`;
    for (const end of ['x1', 'x2']) setAttribute(this.#cursor, end, x);
  }

  #words(sample: Sample, between: string): string {
    const { series, format } = this.#options;
    const values = series.map(({ label, valueOf }) => `${label} ${textOf(valueOf(sample), format)}`);
    return [clock(sample.at_ms, this.#now), ...values].join(between);
  }

  #index(): number {
    const last = this.#samples.length - 1;
    if (this.#lookedAt === undefined) return last;
    const time = this.#lookedAt;
    const found = this.#samples.findLastIndex(({ at_ms }) => at_ms <= time);
    return found === -1 && last >= 0 ? 0 : found;
  }

  #point(time: number | undefined): void {
    this.#lookedAt = time;
    this.#tell();
  }

  #listen(): void {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    steps['PageDown'] = -12;
    steps['PageUp'] = 12;
    steps['Home'] = -Infinity;
    steps['End'] = Infinity;
    this.#plot.addEventListener('keydown', (event) => {
      const step = steps[event.key];
      if (event.key === 'Escape') return this.#point(undefined);
      if (step === undefined) return;
      event.preventDefault();
      const index = Math.min(Math.max(this.#index() + step, 0), this.#samples.length - 1);
      this.#point(this.#samples[index]?.at_ms);
    });
    this.#plot.addEventListener('pointermove', (event) => {
      const { left, width } = this.#plot.getBoundingClientRect();
      const { from, to } = this.#scale();
      // Half a step further, so that the nearest sample is meant and not the one before.
      this.#point(from + ((event.clientX - left) / width) * (to - from) + 2500);
    });
    for (const end of ['pointerleave', 'blur']) this.#plot.addEventListener(end, () => this.#point(undefined));
  }
}

function textOf(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? NOTHING : format(value);
}

/** Which line is meant: by its look, and by its name. */
function swatch(look: Series['look'], label: string): HTMLElement {
  const line = svg('line', { class: `line ${look}`, x1: '0', x2: '12', y1: '4', y2: '4' });
  return el('span', { class: 'series' }, svg('svg', { viewBox: '0 0 12 8', 'aria-hidden': 'true' }, line), label);
}
