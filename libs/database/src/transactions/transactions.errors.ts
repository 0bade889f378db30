import { EggyError } from '@eggybyte/errors';

/**
 * The connection was lost while the transaction was committed: `EGGY_DATABASE_COMMIT_UNKNOWN`. It may have been committed
 * or not, so it is never repeated by itself, and nothing that waits for the commit is done.
 */
export class CommitUnknownError extends EggyError {
  constructor(why: string, cause: unknown) {
    super('EGGY_DATABASE_COMMIT_UNKNOWN', {
      what: 'Nobody knows whether the transaction was committed',
      why: `${why} came instead of the answer to COMMIT`,
      fix: 'look whether what it wrote is there before doing it again, by a key of the request for example',
      cause,
    });
  }
}

/**
 * A statement came after one whose failure has made the database undo the whole transaction:
 * `EGGY_DATABASE_ROLLED_BACK`. It would be committed by itself, without what came before it.
 */
export class TransactionRolledBackError extends EggyError {
  constructor(why: string, cause: unknown) {
    super('EGGY_DATABASE_ROLLED_BACK', {
      what: 'The database has rolled back this transaction already',
      why,
      fix: 'let the first error out of the transaction, and catch it around the whole of it',
      status: 503,
      cause,
    });
  }
}
