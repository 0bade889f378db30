import { readFile } from 'node:fs/promises';
import { Initializer } from '@eggybyte/core';

/** Domains whose addresses are refused; read before the service takes requests. */
@Initializer({ timeout: '5s' })
export class EmailBlocklist implements Initializer {
  #domains: ReadonlySet<string> = new Set();

  async init(signal: AbortSignal): Promise<void> {
    const file = new URL('../blocked-domains.txt', import.meta.url);
    const text = await readFile(file, { encoding: 'utf8', signal });
    this.#domains = new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
  }

  blocks(email: string): boolean {
    return this.#domains.has(email.slice(email.lastIndexOf('@') + 1));
  }
}
