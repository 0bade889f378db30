/** The first word of a statement, behind comments and brackets. Nothing in it can be tried in two ways. */
const FIRST_WORD = /^(?:[\s(]|\/\*(?:[^*]|\*(?!\/))*\*\/|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$))*([a-z]+)/i;

const LONGEST_READ = 1000;

const NAMES = new Map(
  [
    'SELECT',
    'INSERT',
    'UPDATE',
    'DELETE',
    'REPLACE',
    'WITH',
    'CALL',
    'BEGIN',
    'COMMIT',
    'ROLLBACK',
    'SAVEPOINT',
    'RELEASE',
    'SET',
    'SHOW',
    'EXPLAIN',
    'PRAGMA',
    'CREATE',
    'ALTER',
    'DROP',
    'TRUNCATE',
  ].map((name) => [name, name]),
);
// One word for both, and that of most databases.
NAMES.set('START', 'BEGIN');

/** What a statement does, by a fixed list of words; all others are `OTHER`. */
export function operationName(sql: string): string {
  const word = FIRST_WORD.exec(sql.slice(0, LONGEST_READ))?.[1] ?? '';
  return NAMES.get(word) ?? NAMES.get(word.toUpperCase()) ?? 'OTHER';
}
