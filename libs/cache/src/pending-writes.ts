import type { UnitOfWork } from '@eggybyte/observability';

/** Keys that a transaction will evict when it commits; a rollback forgets them with the transaction. */
export class PendingEvictions {
  readonly #keys = new WeakMap<UnitOfWork, Set<string>>();

  constructor(private readonly evict: (keys: ReadonlySet<string>) => Promise<void>) {}

  add(unit: UnitOfWork, key: string): void {
    const pending = this.#keys.get(unit);
    if (pending) {
      pending.add(key);
      return;
    }
    const keys = new Set([key]);
    this.#keys.set(unit, keys);
    unit.afterCommit(() => {
      this.#keys.delete(unit);
      return this.evict(keys);
    });
  }

  has(unit: UnitOfWork, key: string): boolean {
    return this.#keys.get(unit)?.has(key) ?? false;
  }
}
