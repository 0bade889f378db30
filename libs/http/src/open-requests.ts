import type { TrackedRequest } from './tracked-request.js';

/**
 * The requests that are being answered now. A list with places and no `Set`: adding to and deleting from one all the time
 * makes V8 replace its table again and again, and a table that has become old keeps those after it, and every request in
 * them, until the next full collection. That made the collector the largest single cost of a request.
 */
export class OpenRequests implements Iterable<TrackedRequest> {
  readonly #list: TrackedRequest[] = [];

  get size(): number {
    return this.#list.length;
  }

  add(tracked: TrackedRequest): void {
    tracked.place = this.#list.length;
    this.#list.push(tracked);
  }

  has({ place }: TrackedRequest): boolean {
    return place !== undefined;
  }

  /** Whether it was there. */
  delete(tracked: TrackedRequest): boolean {
    const { place } = tracked;
    const last = this.#list.at(-1);
    if (place === undefined || !last) return false;
    this.#list[place] = last;
    last.place = place;
    this.#list.pop();
    tracked.place = undefined;
    return true;
  }

  /** Oldest first. */
  [Symbol.iterator](): ArrayIterator<TrackedRequest> {
    return this.#list.toSorted((a, b) => a.beganAt - b.beganAt).values();
  }
}
