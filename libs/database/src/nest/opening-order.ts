import type { ModulesContainer } from '@nestjs/core';
import { waitingOn } from '@eggybyte/lifecycle';
import { DEFAULT_DATA_SOURCE, databaseVariable } from '../data-source/data-source-name.js';
import { DataSourceTwiceError } from '../database.errors.js';
import { DATA_SOURCE_NAME } from '../database.tokens.js';

type Module = ModulesContainer extends Map<string, infer M> ? M : never;
type Close = () => Promise<void>;

const orders = new WeakMap<ModulesContainer, OpeningOrder>();

/**
 * The data sources of one application open one after the other, the default one first, the others in the order of their
 * modules: what one says at the start does not mix with another, and two on one database do not wait for each other.
 */
export class OpeningOrder {
  readonly #turns: readonly { name: string; over: PromiseWithResolvers<void> }[];
  readonly #closers: Close[] = [];

  private constructor(names: readonly string[]) {
    this.#turns = names.map((name) => ({ name, over: Promise.withResolvers<void>() }));
    // Whoever waits gets the rejection; where nobody does, it is told by the one that failed.
    for (const { over } of this.#turns) over.promise.catch(() => undefined);
  }

  /** @param isOpened whether the module opens one: in a test another one may be provided in its place */
  static of(modules: ModulesContainer, isOpened: (module: Module) => boolean): OpeningOrder {
    const order = orders.get(modules) ?? new OpeningOrder(namesIn([...modules.values()].filter(isOpened)));
    orders.set(modules, order);
    return order;
  }

  /** After a failure nothing that comes later is opened: it rejects with the same error. */
  async open<T>(name: string, open: () => Promise<T>): Promise<T> {
    const index = this.#turns.findIndex((turn) => turn.name === name);
    const [before, own] = [this.#turns[index - 1], this.#turns[index]];
    try {
      if (before) await waitingOn(`the data source \`${before.name}\``, () => before.over.promise);
      const opened = await open();
      own?.over.resolve();
      return opened;
    } catch (error) {
      own?.over.reject(error);
      throw error;
    }
  }

  /** Remembers how to close one, for an application in which nobody else does. */
  closeLater(close: Close): void {
    this.#closers.push(close);
  }

  /** In reverse; a second call has nothing left to do. */
  async closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) await close();
  }
}

/** @throws DataSourceTwiceError */
function namesIn(modules: readonly Module[]): string[] {
  const names = modules.map(({ providers }) => providers.get(DATA_SOURCE_NAME)?.instance as string);
  const variables = names.map((name) => databaseVariable(name, 'DSN'));
  const twice = names.find((_, index) => variables.indexOf(variables[index]!) !== index);
  if (twice !== undefined) throw new DataSourceTwiceError(twice);
  return names.toSorted((a, b) => Number(b === DEFAULT_DATA_SOURCE) - Number(a === DEFAULT_DATA_SOURCE));
}
