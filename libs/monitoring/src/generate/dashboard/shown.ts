import { fold, or, over, quantile, ratio, times } from '../promql/operations.js';
import { like, Sources } from '../promql/sources.js';
import type { Series, Vector } from '../promql/vector.js';

/** The series of those targets that the dashboard's reader picks. */
export const shown = new Sources({ job: like('$job'), instance: like('$instance') });

/** As long as rates need for the resolution at hand. */
const WINDOW = '$__rate_interval';

export const FAILED = like('5..');

/** Growth in a second. */
function rate<L extends string>(series: Series<L>): Vector<L> {
  return over('rate', series, WINDOW);
}

/** Growth in a second, in all and by these labels. */
export function rateBy<L extends string, B extends L = never>(series: Series<L>, ...labels: readonly B[]): Vector<B> {
  return fold('sum', rate(series), labels);
}

/** Growth since the point before. */
export function growthBy<L extends string, B extends L>(series: Series<L>, ...labels: readonly B[]): Vector<B> {
  return fold('sum', over('increase', series, WINDOW), labels);
}

/** The quantile of what a histogram has observed, by these labels. */
export function quantileBy<L extends string, B extends L = never>(
  share: number,
  buckets: Series<L | 'le'>,
  ...labels: readonly B[]
): Vector<Exclude<B, 'le'>> {
  return quantile(share, fold<L | 'le', B | 'le'>('sum', rate(buckets), ['le', ...labels]));
}

/** Share of a counter that is part of another one; 0 where that part has never been. */
export function shareOf<L extends string>(part: Series<L>, whole: Series<L>): Vector<never> {
  const all = rateBy(whole);
  return ratio(or(rateBy(part), times(all, 0)), all);
}
