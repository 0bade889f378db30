import 'reflect-metadata';
import { Inject } from '@nestjs/common';
import { TransactionalError } from '../database.errors.js';
import { type TransactionOptions, Transactions } from './transactions.js';

/** Where Nest puts the `Transactions` of the application that made the object. */
const TRANSACTIONS = Symbol('eggybyte:database:transactions');

type AsyncMethod = (...args: never[]) => Promise<unknown>;

/**
 * Runs the method in a transaction, as by `Transactions.run`. For methods of providers and controllers; the method
 * must be async. Decorators above it see the whole transaction, those below run inside.
 *
 * @throws TransactionalError when the object was not made by Nest.
 */
export function Transactional(options: TransactionOptions = {}) {
  return <M extends AsyncMethod>(
    prototype: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    const { value: method } = descriptor as { value: M };
    Inject(Transactions)(prototype, TRANSACTIONS);
    async function inTransaction(this: { [TRANSACTIONS]?: Transactions }, ...args: never[]): Promise<unknown> {
      const transactions = this[TRANSACTIONS];
      if (!transactions) throw new TransactionalError(`${prototype.constructor.name}.${String(key)}`);
      return transactions.run(async () => method.apply(this, args), options);
    }
    descriptor.value = likeOriginal(inTransaction, method) as M;
  };
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
