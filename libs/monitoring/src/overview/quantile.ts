/** How many there are up to each bound and above the one before, and last those above all bounds. */
export type Counts = number[];

/**
 * The value that the share `q` of all is not above, interpolated within its bucket as `histogram_quantile` of Prometheus
 * does; the highest bound for what is above all of them, `undefined` of nothing.
 */
export function quantile(bounds: readonly number[], counts: Readonly<Counts>, q: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = q * total;
  let below = 0;
  for (const [at, bound] of bounds.entries()) {
    const count = counts[at] ?? 0;
    if (count > 0 && below + count >= rank) {
      const from = bounds[at - 1] ?? 0;
      return from + (bound - from) * ((rank - below) / count);
    }
    below += count;
  }
  return bounds.at(-1);
}
