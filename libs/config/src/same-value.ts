import { isDeepStrictEqual } from 'node:util';
import { Secret } from './secret.js';

/** Whether two values of a variable are the same; of secrets, what they hold. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Secret && b instanceof Secret) return isDeepStrictEqual(a.reveal(), b.reveal());
  return isDeepStrictEqual(a, b);
}
