import { EggyError } from '@eggybyte/errors';
import { DEFAULT_DATA_SOURCE, databaseVariable } from './data-source/data-source-name.js';

/** Without a user and a password in their places: logs take everything that looks like them away. */
const FORMS = 'mysql://db:3306/shop with user and password before the host, the form of Go, or sqlite:./file.db';

/** A DSN cannot be understood: `EGGY_DATABASE_DSN`. No part of the DSN that could be a secret is in the message. */
export class DsnError extends EggyError {
  constructor(why: string, fix = `correct DATABASE_DSN: ${FORMS}`) {
    super('EGGY_DATABASE_DSN', { what: 'The database DSN cannot be used', why, fix });
  }

  /** The same for the DSN of another variable. */
  as(variable: string): DsnError {
    return new DsnError(this.why ?? 'it cannot be read', this.fix.replaceAll('DATABASE_DSN', variable));
  }
}

/** Repositories are registered and nobody said where the database is: `EGGY_DATABASE_DSN_MISSING`. */
export class DsnMissingError extends EggyError {
  constructor(entities: readonly string[], dataSource: string = DEFAULT_DATA_SOURCE) {
    super('EGGY_DATABASE_DSN_MISSING', {
      what: `There is no DSN${ofName(dataSource)}, and ${entities.length} entities want a database (${entities.join(', ')})`,
      fix: `set ${databaseVariable(dataSource, 'DSN')}: ${FORMS}`,
    });
  }
}

/** No server answered until the deadline, or it went away: `EGGY_DATABASE_CONNECTION`. */
export class DatabaseConnectionError extends EggyError {
  constructor(target: string, why: string, fix: string, cause?: unknown) {
    super('EGGY_DATABASE_CONNECTION', { what: `Cannot reach the database ${target}`, why, fix, status: 503, cause });
  }
}

/** The server answers and lets this user not in: `EGGY_DATABASE_ACCESS`. Not retried. */
export class DatabaseAccessError extends EggyError {
  constructor(target: string, why: string, fix: string, cause?: unknown) {
    super('EGGY_DATABASE_ACCESS', { what: `The database ${target} refuses the user`, why, fix, cause });
  }
}

/** The server has no database of this name: `EGGY_DATABASE_UNKNOWN`. Not retried. */
export class UnknownDatabaseError extends EggyError {
  constructor(target: string, fix: string, cause?: unknown) {
    super('EGGY_DATABASE_UNKNOWN', { what: `There is no such database: ${target}`, fix, cause });
  }
}

/** The encrypted connection cannot be made: `EGGY_DATABASE_TLS`. Not retried. */
export class DatabaseTlsError extends EggyError {
  constructor(target: string, why: string, fix: string, cause?: unknown) {
    super('EGGY_DATABASE_TLS', { what: `No trusted TLS connection to the database ${target}`, why, fix, cause });
  }
}

/** A certificate or key for TLS cannot be used: `EGGY_DATABASE_TLS_MATERIAL`. Nothing of its content is in the message. */
export class TlsMaterialError extends EggyError {
  constructor(why: string) {
    super('EGGY_DATABASE_TLS_MATERIAL', {
      what: 'The TLS material of the database cannot be used',
      why,
      fix: 'give PEM text: `ca` of certificates, `cert` together with its `key`',
    });
  }
}

/** The SQLite file cannot be opened, or this Node has no SQLite: `EGGY_DATABASE_EMBEDDED`. Not retried. */
export class EmbeddedDatabaseError extends EggyError {
  constructor(why: string, fix: string, cause?: unknown) {
    super('EGGY_DATABASE_EMBEDDED', { what: 'The embedded database cannot be opened', why, fix, cause });
  }
}

/** A transaction held the one connection of the embedded database for too long: `EGGY_DATABASE_EMBEDDED_BUSY`. */
export class EmbeddedBusyError extends EggyError {
  constructor(waitedMs: number) {
    super('EGGY_DATABASE_EMBEDDED_BUSY', {
      what: `The embedded database was busy with another transaction for ${waitedMs} ms`,
      fix: 'end transactions sooner; inside one, use its own manager or Transactions.run, not another query runner',
      status: 503,
    });
  }
}

/** A health check found the data source not connected: `EGGY_DATABASE_NOT_OPEN`. */
export class DataSourceNotOpenError extends EggyError {
  constructor() {
    super('EGGY_DATABASE_NOT_OPEN', {
      what: 'The data source is not open',
      why: 'it is not initialized yet, or it is destroyed already',
      fix: 'see who initializes and who destroys it',
      status: 503,
    });
  }
}

/** TypeORM cannot build its metadata from the registered entities: `EGGY_DATABASE_ENTITIES`. */
export class EntitiesError extends EggyError {
  constructor(why: string, fix: string, cause?: unknown) {
    super('EGGY_DATABASE_ENTITIES', { what: 'The registered entities cannot be used', why, fix, cause });
  }
}

/** Two modules open a data source of the same name: `EGGY_DATABASE_TWICE`. */
export class DataSourceTwiceError extends EggyError {
  constructor(dataSource: string) {
    super('EGGY_DATABASE_TWICE', {
      what: `EggyDatabaseModule.forRoot() is imported twice for the data source \`${dataSource}\``,
      why: 'each call opens a database of its own, and which of the two is injected would depend on the place',
      fix: 'keep one call, or give one of them another `name`; EggyCoreModule makes one for each data source',
    });
  }
}

/** A class is not a repository that Nest can make: `EGGY_DATABASE_REPOSITORY`. */
export class RepositoryError extends EggyError {
  constructor(what: string, fix: string) {
    super('EGGY_DATABASE_REPOSITORY', { what, fix });
  }
}

/** `synchronize` loses data and is never run: `EGGY_DATABASE_SYNCHRONIZE`. */
export class SynchronizeRefusedError extends EggyError {
  constructor() {
    super('EGGY_DATABASE_SYNCHRONIZE', {
      what: 'TypeORM’s `synchronize` is refused: it drops columns and their data',
      fix: 'remove it; tables and columns that are missing are created at the start',
    });
  }
}

/** A transaction was used after its end: `EGGY_DATABASE_TRANSACTION_ENDED`. */
export class TransactionEndedError extends EggyError {
  constructor() {
    super('EGGY_DATABASE_TRANSACTION_ENDED', {
      what: 'The transaction that this code was started in has ended',
      fix: 'await all of its work inside the transaction, or start the work by afterCommit()',
    });
  }
}

/** A method with `@Transactional()` was called on an object without a database: `EGGY_DATABASE_TRANSACTIONAL`. */
export class TransactionalError extends EggyError {
  constructor(method: string) {
    super('EGGY_DATABASE_TRANSACTIONAL', {
      what: `\`${method}\` is @Transactional() and its object has no database`,
      why: 'it was not made by Nest, the method was taken off it, or there is neither a DSN nor an entity',
      fix: 'get the object from the container, call the method on it, and import EggyDatabaseModule or EggyCoreModule',
    });
  }
}

function ofName(dataSource: string): string {
  return dataSource === DEFAULT_DATA_SOURCE ? '' : ` of the data source \`${dataSource}\``;
}
