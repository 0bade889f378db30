/** A point in time; null where nothing tells. */
export interface Point {
  at: number;
  value: number | null;
}

/** The box that charts are drawn in; the page stretches it to the width there is. */
export const BOX = { width: 900, height: 100 };
/** Samples come each 5 s: more than that between two of them is time that nobody measured. */
const LONGEST_STEP_MS = 9000;

export interface Scale {
  from: number;
  to: number;
  top: number;
}

export interface DrawnLine {
  line: string;
  /** The line closed down to zero. */
  area: string;
}

/** Draws a line that is interrupted where nothing was measured. A point without neighbours becomes a dot. */
export function drawLine(points: readonly Point[], scale: Scale): DrawnLine {
  const runs = runsOf(points.filter(({ at }) => at >= scale.from));
  const drawn = runs.map((run) => run.map(({ at, value }) => `${xOf(at, scale)} ${yOf(value, scale)}`));
  const line = drawn.map((places) => (places.length === 1 ? `M${places[0]}h5` : `M${places.join('L')}`)).join('');
  const area = runs.map((run, index) => {
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last || run.length === 1) return '';
    return `M${xOf(first.at, scale)} ${BOX.height}L${drawn[index]?.join('L')}L${xOf(last.at, scale)} ${BOX.height}Z`;
  });
  return { line, area: area.join('') };
}

export function xOf(at: number, { from, to }: Scale): number {
  return tenths(((at - from) / (to - from)) * BOX.width);
}

export function yOf(value: number, { top }: Scale): number {
  return tenths(BOX.height - (Math.min(value, top) / top) * BOX.height);
}

/** Where nothing goes wrong there is no line: one along the ground looks like something. */
export function withoutZeros(points: readonly Point[]): Point[] {
  const isAbove = (point: Point | undefined): boolean => (point?.value ?? 0) > 0;
  return points.map((point, index) => {
    const isShown = isAbove(point) || isAbove(points[index - 1]) || isAbove(points[index + 1]);
    return isShown ? point : { ...point, value: null };
  });
}

/** A round number that nothing is above of. */
export function niceTop(highest: number): number {
  if (!(highest > 0)) return 1;
  const magnitude = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => highest <= factor * magnitude) ?? 10;
  return step * magnitude;
}

function runsOf(points: readonly Point[]): { at: number; value: number }[][] {
  const runs: { at: number; value: number }[][] = [];
  let before: number | undefined;
  for (const { at, value } of points) {
    if (value === null) {
      before = undefined;
      continue;
    }
    if (before === undefined || at - before > LONGEST_STEP_MS) runs.push([]);
    runs.at(-1)?.push({ at, value });
    before = at;
  }
  return runs;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
