import { randomBytes } from 'node:crypto';
import { sharedServer } from './servers.js';

/** The shared memcached as `host:port`. Use {@link keyPrefix}, as other test files use it too. */
export function sharedMemcached(): string {
  return sharedServer('EGGY_TEST_MEMCACHED');
}

/** A key prefix that no other test file has. */
export function keyPrefix(purpose: string): string {
  return `${purpose}-${randomBytes(4).toString('hex')}:`;
}
