import { AsyncLocalStorage } from 'node:async_hooks';

/** A load under way, seen from the load. */
export interface Flight {
  /** The key was evicted or set meanwhile: what is loaded must not be stored. */
  grounded: boolean;
  /** Set when it begins to store what it loaded. */
  write?: Promise<unknown> | undefined;
}

interface Airborne<T> extends Flight {
  landed: Promise<T>;
}

/** One load for each key at a time in this process; who comes later shares it. */
export class Flights<T> {
  readonly #flights = new Map<string, Airborne<T>>();
  readonly #inside = new AsyncLocalStorage<readonly string[]>();

  /** @returns what the load resolved to, and whether it was another's. */
  async share(key: string, load: (flight: Flight) => Promise<T>): Promise<{ value: T; joined: boolean }> {
    const outer = this.#inside.getStore() ?? [];
    // A load that asks for its own key would wait for itself: such as an overriding method that calls its ancestor.
    if (outer.includes(key)) return { value: await load({ grounded: false }), joined: false };
    const current = this.#flights.get(key);
    if (current) return { value: await current.landed, joined: true };

    const flight: Flight = { grounded: false };
    const landed = this.#inside.run([...outer, key], () => load(flight));
    const airborne: Airborne<T> = Object.assign(flight, { landed });
    this.#flights.set(key, airborne);
    try {
      return { value: await landed, joined: false };
    } finally {
      if (this.#flights.get(key) === airborne) this.#flights.delete(key);
    }
  }

  /** Keeps a load under way from storing; resolves when one that has begun to store is done, so that ours is the last word. */
  async ground(key: string): Promise<void> {
    const flight = this.#flights.get(key);
    if (!flight) return;
    flight.grounded = true;
    this.#flights.delete(key);
    await flight.write;
  }
}
