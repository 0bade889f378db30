import type { UnitOfWork } from '@eggybyte/observability';

type Write = () => Promise<unknown>;

/** What a transaction will write when it commits, the last word for each key; a rollback forgets it with the transaction. */
export class PendingWrites {
  readonly #writes = new WeakMap<UnitOfWork, Map<string, Write>>();

  add(unit: UnitOfWork, key: string, write: Write): void {
    const pending = this.#writes.get(unit);
    if (pending) {
      pending.set(key, write);
      return;
    }
    const writes = new Map([[key, write]]);
    this.#writes.set(unit, writes);
    unit.afterCommit(async () => {
      this.#writes.delete(unit);
      await Promise.all([...writes.values()].map((each) => each()));
    });
  }

  /** Whether what is stored under the key is not what the transaction would find. */
  has(unit: UnitOfWork, key: string): boolean {
    return this.#writes.get(unit)?.has(key) ?? false;
  }
}
