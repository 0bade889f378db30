import { createHash } from 'node:crypto';
import { ArgumentError } from '@eggybyte/errors';

/** Exclusive. memcached's own limit is 250; what is left is room for whoever puts a prefix before ours. */
const LONGEST = 200;
const LONGEST_PREFIX = 64;
const PRINTABLE = /^[!-~]+$/;
/** What the cache itself writes: a plain key of this look would be another one's hash, or in another space. */
const RESERVED = /^[ghmn]:/;

/** Keeps keys apart: the user's own, those of cache-manager and of namespaces, and the generations of both. */
export type KeySpace = '' | 'm:' | 'n:' | 'g:';

/**
 * Turns any string into a key that every driver can send as it is. Short printable ASCII stays readable behind the
 * prefix, the rest becomes `h:` and its SHA-256. Two different strings never share a key.
 */
export class CacheKeys {
  /** @throws ArgumentError */
  constructor(readonly prefix: string) {
    if (prefix !== '' && (!PRINTABLE.test(prefix) || prefix.length > LONGEST_PREFIX)) {
      throw new ArgumentError(
        'keyPrefix',
        `at most ${LONGEST_PREFIX} printable ASCII characters without space`,
        prefix,
      );
    }
  }

  of(key: string, space: KeySpace = ''): string {
    if (typeof key !== 'string') throw new ArgumentError('key', 'a string', key);
    const start = this.prefix + space;
    const plain = start + key;
    if (plain.length < LONGEST && PRINTABLE.test(plain) && !RESERVED.test(key)) return plain;
    // Hashed as UTF-16: in UTF-8 all lone surrogates are one and the same replacement character.
    return `${start}h:${createHash('sha256').update(Buffer.from(key, 'utf16le')).digest('base64url')}`;
  }
}
