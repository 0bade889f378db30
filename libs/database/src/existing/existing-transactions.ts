import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, QueryRunner } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { withLateRunner } from '../connection/late-runner.js';
import { TransactionScope } from '../transactions/transaction-scope.js';
import { Transactions } from '../transactions/transactions.js';
import { UnsupportedDatabaseError } from './existing.errors.js';

type Work<T> = (manager: EntityManager) => Promise<T>;

/** Those whose query runners have a connection each, and whose ends of a transaction are known statements. */
const SUPPORTED: ReadonlySet<string> = new Set(['mysql', 'mariadb']);

const SCOPE = Symbol('eggybyte:database:transaction-scope');
/** Bound by nobody, as it is called for the data source and for its late view. */
type Create = (this: DataSource, ...args: unknown[]) => unknown;
type Joined = DataSource & { [SCOPE]?: TransactionScope };

/**
 * `Transactions` on a data source that is not the suite's own. Outside of such a transaction it goes on as it was:
 * `dataSource.transaction()` takes nobody along by itself.
 */
export class ExistingTransactions extends Transactions {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    super(dataSource);
    this.#dataSource = dataSource;
    // Not with the first transaction, as query builders may be made before it.
    if (SUPPORTED.has(dataSource.options.type)) scopeOf(dataSource);
  }

  protected override current(): TransactionScope['current'] {
    return (this.#dataSource as Joined)[SCOPE]?.current;
  }

  /** @throws UnsupportedDatabaseError for anything but MySQL and MariaDB. */
  protected override scope(): TransactionScope {
    return scopeOf(this.#dataSource);
  }
}

/** One per data source, however many applications have adopted it. */
function scopeOf(dataSource: DataSource): TransactionScope {
  return ((dataSource as Joined)[SCOPE] ??= joinScope(dataSource));
}

/** Lets what hangs on the data source find the transaction of the running code, as TypeORM asks for it at each operation. */
function joinScope(dataSource: DataSource): TransactionScope {
  const { type } = dataSource.options;
  if (!SUPPORTED.has(type)) {
    const fix = 'use dataSource.transaction() with the manager that it gives';
    throw new UnsupportedDatabaseError('Transactions and @Transactional() need MySQL or MariaDB', type, fix);
  }
  const scope: TransactionScope = new TransactionScope(() => {
    const runner = dataSource.createQueryRunner();
    nestIn(scope, runner.manager);
    return runner;
  });
  const { manager } = dataSource;
  Object.defineProperty(manager, 'queryRunner', { get: () => scope.runner });
  nestIn(scope, manager);
  const query = dataSource.query.bind(dataSource);
  const late = withLateRunner(dataSource, scope);
  const { createQueryBuilder: create } = dataSource as { createQueryBuilder: Create };
  const createQueryBuilder = (runner: QueryRunner | undefined, ...of: unknown[]): unknown =>
    create.call(runner ? dataSource : late, ...of, runner);
  Object.assign(dataSource, {
    query: (sql: string, parameters?: unknown[], runner?: QueryRunner) =>
      query(sql, parameters, runner ?? scope.runner),
    createQueryBuilder: (first?: EntityTarget<ObjectLiteral> | QueryRunner, alias?: string, runner?: QueryRunner) =>
      alias === undefined
        ? createQueryBuilder((first as QueryRunner | undefined) ?? scope.runner)
        : createQueryBuilder(runner ?? scope.runner, first, alias),
  });
  return scope;
}

/** `manager.transaction()` inside of a transaction is a savepoint that takes its turn; outside it is TypeORM's own. */
function nestIn(scope: TransactionScope, manager: EntityManager): void {
  const transaction = manager.transaction.bind(manager) as (...args: unknown[]) => Promise<unknown>;
  const joined = async (...args: unknown[]): Promise<unknown> => {
    // dataSource.transaction(work) hands on both of its parameters, so the work need not be the last one.
    const work = args.find((argument) => typeof argument === 'function') as Work<unknown> | undefined;
    const isolation = args.find((argument) => typeof argument === 'string') as IsolationLevel | undefined;
    return scope.runner && work ? scope.run({ work, isolation }) : transaction(...args);
  };
  Object.assign(manager, { transaction: joined });
}
