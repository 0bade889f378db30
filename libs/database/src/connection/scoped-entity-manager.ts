import { ArgumentError } from '@eggybyte/errors';
import { EntityManager, type QueryRunner } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import type { EggyDataSource } from './eggy-data-source.js';

type Work<T> = (manager: EntityManager) => Promise<T>;

/**
 * A manager whose operations, and those of every repository made of it, take part in the transaction that the calling
 * code is in: TypeORM asks its manager for the query runner at each operation.
 */
export class ScopedEntityManager extends EntityManager {
  readonly #dataSource: EggyDataSource;

  constructor(dataSource: EggyDataSource, queryRunner?: QueryRunner) {
    super(dataSource, queryRunner);
    this.#dataSource = dataSource;
    if (!queryRunner) Object.defineProperty(this, 'queryRunner', { get: () => dataSource.scope.runner });
  }

  override transaction<T>(work: Work<T>): Promise<T>;
  override transaction<T>(isolation: IsolationLevel, work: Work<T>): Promise<T>;
  override async transaction<T>(first: IsolationLevel | Work<T>, second?: Work<T>): Promise<T> {
    const isolation = typeof first === 'string' ? first : undefined;
    const work = typeof first === 'function' ? first : second;
    if (typeof work !== 'function') throw new ArgumentError('work', 'a function', work);
    return this.#dataSource.scope.run({ work, isolation, runner: this.queryRunner });
  }
}
