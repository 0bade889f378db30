import { EggyError, messageOf } from '@eggybyte/errors';
import { QueryFailedError, TypeORMError } from 'typeorm';
import {
  DatabaseAccessError,
  DatabaseConnectionError,
  DatabaseTlsError,
  DsnError,
  EntitiesError,
  UnknownDatabaseError,
} from '../database.errors.js';
import { databaseVariable, DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import { driverError } from '../driver-error.js';

/** The server answered and says no: trying again cannot help. */
const ACCESS = new Set([
  'ER_ACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
  'ER_NOT_SUPPORTED_AUTH_MODE',
  'ER_HOST_NOT_PRIVILEGED',
  'ER_ACCOUNT_HAS_BEEN_LOCKED',
  'ER_MUST_CHANGE_PASSWORD_LOGIN',
  'AUTH_SWITCH_PLUGIN_ERROR',
]);
const TLS =
  /^(?:HANDSHAKE_(?:NO_)?SSL|ERR_(?:TLS|SSL|OSSL)_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH)/;
const SESSION_VARIABLE = new Set(['ER_UNKNOWN_SYSTEM_VARIABLE', 'ER_WRONG_VALUE_FOR_VAR', 'ER_WRONG_TYPE_FOR_VAR']);

/**
 * The typed error of a failed connect. It is final unless it is a {@link DatabaseConnectionError}.
 * Messages of the server name user and host, never the password.
 */
export function connectFailure(error: unknown, target: string, dataSource: string = DEFAULT_DATA_SOURCE): EggyError {
  if (error instanceof EggyError) return error;
  const { code = '' } = driverError(error);
  if (ACCESS.has(code)) return new DatabaseAccessError(target, messageOf(error), error, dataSource);
  if (code === 'ER_BAD_DB_ERROR') return new UnknownDatabaseError(target, error, dataSource);
  if (TLS.test(code)) return new DatabaseTlsError(target, messageOf(error), error, dataSource);
  if (SESSION_VARIABLE.has(code)) {
    return new DsnError(
      'the server does not take a system variable of its parameters',
      `correct or remove it in ${databaseVariable(dataSource, 'DSN')}`,
    );
  }
  // What is left and no failure of a query comes from building TypeORM's metadata.
  const ofTypeOrm = error instanceof TypeORMError && !(error instanceof QueryFailedError);
  if (ofTypeOrm || error instanceof TypeError) return new EntitiesError(messageOf(error), error);
  return new DatabaseConnectionError(target, code || messageOf(error), error, dataSource);
}

export function isRetryable(error: unknown): boolean {
  return error instanceof DatabaseConnectionError;
}
