import 'reflect-metadata';
import { Inject } from '@nestjs/common';
import { ArgumentError } from '@eggybyte/errors';
import { TransactionalError } from '../database.errors.js';
import { dataSourceName } from '../data-source/data-source-name.js';
import { transactionsToken } from './inject-transactions.js';
import { resolveTransactionOptions, type TransactionalOptions } from './transaction.options.js';
import type { Transactions } from './transactions.js';

/** Where Nest puts the `Transactions` of the application that made the object. */
const placeOf = (dataSource: string): symbol => Symbol.for(`eggybyte:database:transactions:${dataSource}`);

type AsyncMethod = (...args: never[]) => Promise<unknown>;

/**
 * Runs the method in a transaction, as by `Transactions.run`: it is called again when the database rolls back, and in
 * another transaction it is a savepoint. For methods of providers and controllers of any scope; the method must be
 * async. Decorators above it see the whole transaction, those below run inside, at each attempt. A subclass that
 * overrides the method decorates its own.
 *
 * @throws TransactionalError when the object was not made by Nest, or there is no database; ArgumentError at once, when
 * it decorates something else than a method, for a data source that is none, or for options as `Transactions.run` does.
 */
export function Transactional({ dataSource, ...options }: TransactionalOptions = {}) {
  const source = dataSourceName(dataSource);
  const place = placeOf(source);
  resolveTransactionOptions(options);
  return <M extends AsyncMethod>(
    prototype: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    const method = methodOf(prototype, key, descriptor);
    Inject(transactionsToken(source))(prototype, place);
    const name = `${prototype.constructor.name}.${String(key)}`;
    async function inTransaction(this: Record<symbol, Transactions | undefined> | undefined, ...args: never[]) {
      const transactions = this?.[place];
      if (!transactions) throw new TransactionalError(name);
      return transactions.run(async () => method.apply(this, args), options);
    }
    descriptor.value = likeOriginal(inTransaction, method) as unknown as M;
  };
}

function methodOf<M>(prototype: object, key: string | symbol, descriptor?: TypedPropertyDescriptor<M>): M {
  if (typeof prototype === 'object' && typeof descriptor?.value === 'function') return descriptor.value;
  throw new ArgumentError('@Transactional()', 'on a method of an object', String(key));
}

/** Nest keeps routes, guards and the like as metadata of the function. */
function likeOriginal<F extends object>(wrapper: F, original: AsyncMethod): F {
  Object.defineProperty(wrapper, 'name', { value: original.name });
  Object.defineProperty(wrapper, 'length', { value: original.length });
  for (const key of Reflect.getMetadataKeys(original) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapper);
  }
  return wrapper;
}
