import { enclosed, isLong, type Series, Vector } from './vector.js';

type RangeFunction =
  | 'rate'
  | 'increase'
  | 'changes'
  | 'avg_over_time'
  | 'sum_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'last_over_time';
type Aggregation = 'sum' | 'avg' | 'min' | 'max' | 'count' | 'group';
type Comparison = '==' | '== bool' | '>' | '>=' | '<';

/** A function over the past of each series: `rate(series[window])`. */
export function over<L extends string>(name: RangeFunction, series: Series<L>, window: string): Vector<L> {
  return new Vector(`${name}(${series.text}[${window}])`);
}

/** One series for each combination of these labels, or one of all: `sum by (label) (vector)`. */
export function fold<L extends string, B extends L = never>(
  name: Aggregation,
  vector: Vector<L>,
  by: readonly B[] = [],
): Vector<B> {
  return new Vector(`${name}${by.length === 0 ? '' : ` by (${by.join(', ')}) `}${enclosed(vector.text)}`);
}

/** The quantile of rates of buckets. */
export function quantile<L extends string>(
  share: number,
  buckets: 'le' extends L ? Vector<L> : never,
): Vector<Exclude<L, 'le'>> {
  return new Vector(`histogram_quantile(${share}, ${buckets.text})`);
}

/** A quotient that is absent, and not NaN, where there is nothing to divide by. */
export function ratio<L extends string>(part: Vector<L>, whole: Vector<L>): Vector<L> {
  const divisor = compare(whole, '>', 0);
  const space = isLong(part.text) || isLong(divisor.text) ? '\n' : ' ';
  return new Vector(`${part.inside}${space}/ ${divisor.inside}`, true);
}

export function times<L extends string>(vector: Vector<L>, factor: number): Vector<L> {
  return new Vector(`${vector.inside} * ${factor}`, true);
}

/** Those series whose value compares so; with `bool` all of them, as 1 or 0. */
export function compare<L extends string>(vector: Vector<L>, comparison: Comparison, value: number): Vector<L> {
  return new Vector(`${vector.inside} ${comparison} ${value}`, true);
}

/** Those of the left to which there is one on the right. */
export function and<L extends string, R extends string>(
  left: Vector<L>,
  right: Vector<R>,
  on?: readonly (L & R)[],
): Vector<L> {
  return logical('and', left, right, on);
}

/** Those of the left to which there is none on the right. */
export function unless<L extends string, R extends string>(
  left: Vector<L>,
  right: Vector<R>,
  on?: readonly (L & R)[],
): Vector<L> {
  return logical('unless', left, right, on);
}

/** Those of the left, and those of the right that the left does not have. */
export function or<L extends string, R extends string>(left: Vector<L>, right: Vector<R>): Vector<L & R> {
  return logical('or', left, right);
}

function logical<L extends string>(
  word: 'and' | 'or' | 'unless',
  left: Vector<string>,
  right: Vector<string>,
  on?: readonly string[],
): Vector<L> {
  return new Vector(`${left.inside}\n${word}${on ? ` on (${on.join(', ')})` : ''} ${right.inside}`, true);
}
