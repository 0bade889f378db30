import { EggyError, messageOf } from '@eggybyte/errors';
import { databaseVariable, DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import { driverError } from '../driver-error.js';
import { placeOf, type RefusedItem, type SchemaStep } from './schema-plan.js';

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

/** Another process holds the schema lock for too long, or it was lost: `EGGY_DATABASE_SCHEMA_LOCK`. */
export class SchemaLockError extends EggyError {
  constructor(why: string, fix: string, cause?: unknown) {
    super('EGGY_DATABASE_SCHEMA_LOCK', { what: 'The schema lock was not obtained', why, fix, cause });
  }
}

const DENIED = new Set([1044, 1142, 1143, 1227]);
/** Their messages hold values of rows: duplicate entry, truncated and incorrect values. */
const WITH_VALUES = new Set([1062, 1264, 1265, 1292, 1366, 1367, 1411, 1586]);

/** What the server said, without values of rows. */
export function reasonOf(error: unknown): string {
  return holdsValues(error) ? `${driverError(error).code}, with values that do not fit` : messageOf(error);
}

function holdsValues(error: unknown): boolean {
  return WITH_VALUES.has(driverError(error).errno ?? 0);
}

/** The server refused a statement: `EGGY_DATABASE_SCHEMA_APPLY`. What came before it stays; the next start goes on. */
export class SchemaApplyError extends EggyError {
  constructor(step: SchemaStep, cause: unknown, dataSource: string = DEFAULT_DATA_SOURCE) {
    const { errno = 0 } = driverError(cause);
    super('EGGY_DATABASE_SCHEMA_APPLY', {
      what: `Step ${step.kind} of ${placeOf(step)} failed`,
      why: reasonOf(cause),
      fix: DENIED.has(errno) ? fixOfDenied(cause, dataSource) : 'remove what the reason names, then start again',
      ...(!holdsValues(cause) && { cause }),
    });
  }
}

/** The server tells who may not do what: `CREATE command denied to user 'shop'@'10.0.0.7' for table …`. */
function fixOfDenied(cause: unknown, dataSource: string): string {
  const [, missing, user] = /([A-Z][A-Z, ]*) command denied to user '([^']*)'@/.exec(messageOf(cause)) ?? [];
  return (
    `grant ${user ? `\`${user}\`` : 'the user'} ${missing ?? 'what it lacks'} (the migrator needs CREATE, ALTER, INDEX and ` +
    `REFERENCES), name a user that has it by ${databaseVariable(dataSource, 'MIGRATE_DSN')}, or apply the schema by a Job ` +
    `and let the pods check it: ${databaseVariable(dataSource, 'AUTO_MIGRATE')}=check`
  );
}

/** Statements succeeded and the schema is still not what they should have made: `EGGY_DATABASE_SCHEMA_DIVERGES`. */
export class SchemaDivergesError extends EggyError {
  constructor(steps: readonly SchemaStep[]) {
    super('EGGY_DATABASE_SCHEMA_DIVERGES', {
      what: `The schema is not what ${steps.length} statements should have made of it`,
      why: steps.map((step) => `${step.kind} ${placeOf(step)} did not stick (${step.sql})`).join('; '),
      fix: 'see whether something else changes the schema; if not, run the statements by hand and report them',
    });
  }
}

/** In the mode `check` the database lacks what the entities ask for: `EGGY_DATABASE_SCHEMA_PENDING`. Heals by itself. */
export class SchemaPendingError extends EggyError {
  constructor(missing: readonly string[], dataSource: string = DEFAULT_DATA_SOURCE) {
    const shown = missing.slice(0, 5).join(', ');
    super('EGGY_DATABASE_SCHEMA_PENDING', {
      what: `The schema lacks ${missing.length} changes`,
      why: missing.length > 5 ? `${shown}, …` : shown,
      fix: `apply them: run this version once with ${databaseVariable(dataSource, 'AUTO_MIGRATE')}=apply, by a Job for example`,
      status: 503,
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
      ...(!holdsValues(cause) && { cause }),
    });
  }
}
