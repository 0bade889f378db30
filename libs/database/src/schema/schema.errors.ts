import { EggyError, messageOf } from '@eggybyte/errors';
import { driverError } from '../driver-error.js';
import type { RefusedItem, SchemaStep } from './schema-plan.js';

/**
 * A step that the entities ask for would be unsafe, so nothing at all was changed: `EGGY_DATABASE_SCHEMA_REFUSED`.
 * The message names every item and its fix.
 */
export class SchemaRefusedError extends EggyError {
  constructor(readonly items: readonly RefusedItem[]) {
    const told = items.map(({ table, column, reason, fix }) => {
      const where = column ? `${table}.${column}` : table;
      return `${where}: ${reason} (${fix})`;
    });
    super('EGGY_DATABASE_SCHEMA_REFUSED', {
      what: 'The schema was not changed',
      why: told.join('; '),
      fix: 'do what each item says, then start again',
    });
  }
}

/** Another process holds the schema lock for too long, or the server has no such lock: `EGGY_DATABASE_SCHEMA_LOCK`. */
export class SchemaLockError extends EggyError {
  constructor(why: string, fix: string, cause?: unknown) {
    super('EGGY_DATABASE_SCHEMA_LOCK', { what: 'The schema lock was not obtained', why, fix, cause });
  }
}

const DENIED = new Set(['ER_TABLEACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR', 'ER_SPECIFIC_ACCESS_DENIED_ERROR']);

/** The server refused a statement: `EGGY_DATABASE_SCHEMA_APPLY`. What came before it stays; the next start goes on. */
export class SchemaApplyError extends EggyError {
  constructor({ kind, table, object }: SchemaStep, cause: unknown) {
    const denied = DENIED.has(driverError(cause).code ?? '');
    super('EGGY_DATABASE_SCHEMA_APPLY', {
      what: `Step ${kind} of ${table === object ? table : `${table}.${object}`} failed`,
      why: messageOf(cause),
      fix: denied
        ? 'grant the user CREATE, ALTER, INDEX and REFERENCES'
        : 'remove what the reason names, then start again',
      cause,
    });
  }
}

/** `initTable` of a repository failed: `EGGY_DATABASE_INIT_TABLE`. It runs again at the next start. */
export class InitTableError extends EggyError {
  constructor(name: string, why: string, cause?: unknown) {
    super('EGGY_DATABASE_INIT_TABLE', {
      what: `initTable of \`${name}\` failed`,
      why,
      fix: `see the cause; the service does not start until initTable of \`${name}\` succeeds`,
      cause,
    });
  }
}
