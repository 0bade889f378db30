import type { Logger } from '@nestjs/common';
import type { Logger as TypeormLogger } from 'typeorm';
import { loggerOf } from '../data-source/data-source-name.js';
import { errorType } from './error-type.js';
import { fingerprint } from './fingerprint.js';
import type { Operations } from './operations.js';

/** Hands what TypeORM logs on to Nest's logger: never a parameter, and of a statement its fingerprint only. */
export class TypeormLog implements TypeormLogger {
  readonly #logger: Logger;

  constructor(private readonly operations: Operations) {
    this.#logger = loggerOf('TypeORM', operations.dataSource);
  }

  /** Each statement; the metrics and the slow log tell more. */
  logQuery(): void {}

  /** Whoever sent the statement gets the error, with a message that may hold a value. */
  logQueryError(error: string | Error, query: string): void {
    const statement = fingerprint(query, this.operations.dialect);
    this.#logger.debug({ msg: 'statement failed', statement, error_code: errorType(error) ?? 'unknown' });
  }

  logQuerySlow(): void {}

  logSchemaBuild(message: string): void {
    this.#logger.debug(message);
  }

  logMigration(message: string): void {
    this.#logger.log(message);
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') this.#logger.warn(String(message));
    else this.#logger.debug(String(message));
  }
}
