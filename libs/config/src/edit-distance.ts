/**
 * How many typing mistakes (a letter more, less, other, or two swapped) lead from one word to the other; `limit + 1`
 * when there are more than `limit`.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? (beforeLast[column - 2] ?? limit) + 1
          : limit + 1;
      current.push(Math.min(last[column]! + 1, current[column - 1]! + 1, substituted, swapped));
    }
    // Two rows without a way through: a swap could still leap over one.
    if (Math.min(...last, ...current) > limit) return limit + 1;
    [beforeLast, last] = [last, current];
  }
  return Math.min(last[b.length]!, limit + 1);
}
