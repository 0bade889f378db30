import { AsyncLocalStorage } from 'node:async_hooks';

/** What some work waits on at the moment, told by the work itself and read when the work is late. */
export class Waits {
  readonly #open = new Set<() => string>();
  readonly #sources: (() => readonly string[])[] = [];

  /** Tells `what` until the result is called, and in parentheses what `inner` waits on. */
  begin(what: string, inner?: Waits): () => void {
    const told = (): string => {
      const deeper = inner?.list() ?? [];
      return deeper.length > 0 ? `${what} (${deeper.join(', ')})` : what;
    };
    this.#open.add(told);
    return () => void this.#open.delete(told);
  }

  /** Adds somebody who is asked each time. */
  addSource(source: () => readonly string[]): void {
    this.#sources.push(source);
  }

  /** The oldest first: "table `orders`", "initializer `SearchIndex` (the answer of search:9200)". */
  list(): string[] {
    return [...[...this.#open].map((told) => told()), ...this.#sources.flatMap((source) => source())];
  }

  /** Runs `work` so that each {@link waitingOn} below it is told here. */
  follow<T>(work: () => T): T {
    return current.run(this, work);
  }
}

const current = new AsyncLocalStorage<Waits>();

/**
 * Names what an initializer, a service or a hook is about to wait on. When its step is late, the error says so:
 * "Initializer `SearchIndex` did not finish within 30000 ms (waiting on table `orders`)". Outside of a step it does
 * nothing but run `work`.
 */
export async function waitingOn<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const waits = current.getStore();
  if (!waits) return work();
  const inner = new Waits();
  const end = waits.begin(what, inner);
  try {
    return await inner.follow(work);
  } finally {
    end();
  }
}
