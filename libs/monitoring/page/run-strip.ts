import type { CheckRun } from '../src/overview/overview-report.js';
import { setAttribute, svg } from './element.js';
import { clock, count, took } from './format.js';
import { KeyedList } from './keyed-list.js';
import { reasonInWords } from './verdict.js';

const MOST_RUNS = 60;
const STEP = 3;
const HEIGHT = 24;
const SHORTEST_BAR = 3;

interface Bar {
  run: CheckRun;
  index: number;
  slowest: number;
  now: number;
}

/** The last runs of a check as bars: the longer a run took the higher. A failed one is as high as the strip, so that colour is not all. */
export class RunStrip {
  readonly node = svg('svg', {
    class: 'strip',
    role: 'img',
    viewBox: `0 0 ${MOST_RUNS * STEP} ${HEIGHT}`,
    preserveAspectRatio: 'none',
  });
  readonly #bars = new KeyedList<Bar>(
    this.node,
    ({ run, index }) => `${run.at} ${index}`,
    () => {
      const title = svg('title');
      const node = svg('path', {}, title);
      return { node, update: (bar) => drawBar(node, title, bar) };
    },
  );

  update(runs: readonly CheckRun[], now: number): void {
    const shown = runs.slice(-MOST_RUNS);
    const failed = shown.filter(({ reason }) => reason !== undefined).length;
    const last = shown.at(-1);
    const words = last
      ? `The last ${count(shown.length, 'run')}: ${failed} failed; the latest took ${took(last.took_ms)}`
      : 'No run yet';
    setAttribute(this.node, 'aria-label', words);
    const slowest = Math.max(1, ...shown.map(({ took_ms, reason }) => (reason ? 0 : took_ms)));
    // The latest stands at the right end, also when there are few.
    const first = MOST_RUNS - shown.length;
    this.#bars.show(shown.map((run, index) => ({ run, index: first + index, slowest, now })));
  }
}

function drawBar(node: SVGPathElement, title: SVGTitleElement, { run, index, slowest, now }: Bar): void {
  const { reason } = run;
  const height = reason ? HEIGHT : SHORTEST_BAR + (run.took_ms / slowest) * (HEIGHT - SHORTEST_BAR - 4);
  const left = index * STEP;
  setAttribute(node, 'd', `M${left} ${HEIGHT}V${(HEIGHT - height).toFixed(1)}h2V${HEIGHT}Z`);
  setAttribute(node, 'class', reason ? 'failed' : 'passed');
  const result = reason ? reasonInWords(reason) : 'ok';
  const text = `${clock(Date.parse(run.at), now)}: ${result}, ${took(run.took_ms)}`;
  if (title.textContent !== text) title.textContent = text;
}
