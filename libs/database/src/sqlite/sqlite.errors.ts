import { EggyError } from '@eggybyte/errors';

/** Entities have columns that SQLite has no way for: `EGGY_DATABASE_COLUMN_TYPES`. The message names every one. */
export class ColumnTypesError extends EggyError {
  constructor(columns: readonly string[]) {
    super('EGGY_DATABASE_COLUMN_TYPES', {
      what: `SQLite cannot keep ${columns.length} columns of the entities`,
      why: columns.join(', '),
      fix: 'give them a type that both have (varchar, text, integer, blob, simple-json), or set DATABASE_DSN to a MySQL',
    });
  }
}
