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
import { driverError } from '../driver-error.js';
import { connectAdvice } from './connect-advice.js';
import { entityFix } from './entity-advice.js';

/** Where somebody wanted to connect. */
export interface ConnectTarget {
  /** The DSN without its password. */
  target: string;
  dataSource: string;
  /** Whether the connection was to be encrypted. @default true */
  isEncrypted?: boolean;
}

/**
 * The typed error of a failed connect. It is final unless it is a {@link DatabaseConnectionError}.
 * Messages of the server name user and host, never the password.
 */
export function connectFailure(error: unknown, { target, dataSource, isEncrypted = true }: ConnectTarget): EggyError {
  if (error instanceof EggyError) return error;
  const driver = driverError(error);
  // What is left and no failure of a query comes from building TypeORM's metadata.
  const ofTypeOrm = error instanceof TypeORMError && !(error instanceof QueryFailedError);
  if (driver.code === undefined && (ofTypeOrm || error instanceof TypeError)) {
    return new EntitiesError(messageOf(error), entityFix(error), error);
  }
  const { kind, fix } = connectAdvice(error, driver, { dataSource, isEncrypted });
  switch (kind) {
    case 'access':
      return new DatabaseAccessError(target, messageOf(error), fix, error);
    case 'database':
      return new UnknownDatabaseError(target, fix, error);
    case 'tls':
      return new DatabaseTlsError(target, messageOf(error), fix, error);
    case 'parameters':
      return new DsnError('the server does not take a system variable of its parameters', fix);
    case 'unreachable':
      return new DatabaseConnectionError(target, reasonOf(error, driver.code), fix, error);
  }
}

export function isRetryable(error: unknown): boolean {
  return error instanceof DatabaseConnectionError;
}

/** The code of the system's errors says it all; those of the server and the driver have words. */
function reasonOf(error: unknown, code: string | undefined): string {
  const { syscall } = (error ?? {}) as { syscall?: unknown };
  return syscall !== undefined && code !== undefined ? code : messageOf(error);
}
