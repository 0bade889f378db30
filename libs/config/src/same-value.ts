import { isDeepStrictEqual } from 'node:util';
import { Secret } from './secret.js';

/** Whether two values of a variable are the same; of secrets, also in a list, what they hold. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Secret && b instanceof Secret) return isDeepStrictEqual(a.reveal(), b.reveal());
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  return isDeepStrictEqual(a, b);
}
