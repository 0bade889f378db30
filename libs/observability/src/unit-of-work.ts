import { AsyncLocalStorage } from 'node:async_hooks';

/** A transaction that other libs can hang work on without knowing its technology. */
export interface UnitOfWork {
  /** Runs `action` after the commit; never, when the transaction rolls back. */
  afterCommit(action: () => void | Promise<void>): void;
}

const storage = new AsyncLocalStorage<UnitOfWork>();

/** The transaction that the current code runs in; `undefined` outside of one. */
export function currentUnitOfWork(): UnitOfWork | undefined {
  return storage.getStore();
}

/** Runs `work` inside `unit`: called by the lib that owns the transaction. */
export function runInUnitOfWork<T>(unit: UnitOfWork, work: () => T): T {
  return storage.run(unit, work);
}
