/** How many rows a statement has found or changed, by what mysql2 answers. */
export function countOf(answer: unknown): number | undefined {
  if (Array.isArray(answer)) return answer.length;
  const { affectedRows } = (answer ?? {}) as { affectedRows?: number };
  return affectedRows;
}
