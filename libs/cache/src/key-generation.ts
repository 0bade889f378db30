import { randomBytes } from 'node:crypto';
import type { FailOpenDriver } from './fail-open-driver.js';

/** How long a new generation of another process may go unnoticed, in milliseconds. */
const NOTICED_MS = 1000;
const GENERATION = /^[0-9a-z]{9}-[0-9a-f]{8}$/;

/**
 * A part of many keys: with another one all of them are gone at once, and leave when their time is over. memcached itself
 * can only be emptied for all of its users.
 *
 * Generations are in the order of their time, and none is followed by an older one: a server that was away must not
 * bring back what was cleared meanwhile.
 */
export class KeyGeneration {
  #known: string | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<string> | undefined;

  /** @param key where all processes find it. */
  constructor(
    private readonly driver: FailOpenDriver,
    private readonly key: string,
  ) {}

  /** The one that holds now; a renewal of another process is noticed within a second. */
  async current(): Promise<string> {
    if (this.#known !== undefined && performance.now() - this.#readAt < NOTICED_MS) return this.#known;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** `false` when no server confirmed it: other processes do not know of it, but this one does. */
  async renew(): Promise<boolean> {
    const renewed = after(this.#known);
    this.#know(renewed);
    return this.#write(renewed);
  }

  async #read(): Promise<string> {
    const stored = await this.driver.get(this.key, 'generation', generation);
    // Renewed while we asked, or none is stored, or one that a server has kept for too long.
    if (stored !== undefined && stored >= (this.#known ?? stored)) return this.#know(stored);
    const current = this.#know(this.#known ?? after(undefined));
    await this.#write(current);
    return current;
  }

  #know(current: string): string {
    this.#known = current;
    this.#readAt = performance.now();
    return current;
  }

  #write(value: string): Promise<boolean> {
    return this.driver.set(this.key, Buffer.from(value), undefined);
  }
}

function generation(bytes: Buffer): string {
  const value = bytes.toString();
  if (!GENERATION.test(value)) throw new TypeError('Expected a generation');
  return value;
}

/** One that there never was, later than `known` whatever the clock says. */
function after(known: string | undefined): string {
  const last = known === undefined ? 0 : Number.parseInt(known, 36);
  const time = Math.max(Date.now(), last + 1);
  return `${time.toString(36).padStart(9, '0')}-${randomBytes(4).toString('hex')}`;
}
