const RULES: readonly [RegExp, string][] = [
  [/INT/, 'INTEGER'],
  [/CHAR|CLOB|TEXT/, 'TEXT'],
  [/BLOB|^$/, 'BLOB'],
  [/REAL|FLOA|DOUB/, 'REAL'],
];

/** How SQLite stores the values of a column of this type: https://sqlite.org/datatype3.html#determination_of_column_affinity */
export function affinityOf(type: string): string {
  const upper = type.toUpperCase();
  return RULES.find(([pattern]) => pattern.test(upper))?.[1] ?? 'NUMERIC';
}
