import { randomBytes } from 'node:crypto';

// What is stored besides plain values. Each begins with a byte that no value begins with: see value-codec.ts.

const TIMED = 1;
const NOTHING = Buffer.of(2);
const LEASE = 3;

const TIMES_LENGTH = 17;
const LEASE_LENGTH = 13;

/** What the bytes of a key are. */
export type CacheEntry =
  | { readonly kind: 'value'; readonly value: Buffer; readonly times?: EntryTimes }
  /** That there is nothing, which is worth to be remembered too. */
  | { readonly kind: 'nothing' }
  /** Somebody loads the value; `former` is the entry that it will replace. */
  | { readonly kind: 'lease'; readonly former: Buffer | undefined };

/** On the clocks of the machines that read it, in milliseconds since 1970. */
export interface EntryTimes {
  /** Until then it is as good as any value. */
  freshUntil: number;
  /** Until then it is better than none. */
  staleUntil: number;
}

/** A value that is kept for a while after it is over. */
export function timedEntry(value: Buffer, { freshUntil, staleUntil }: EntryTimes): Buffer {
  const head = Buffer.alloc(TIMES_LENGTH, TIMED);
  head.writeDoubleBE(freshUntil, 1);
  head.writeDoubleBE(staleUntil, 9);
  return Buffer.concat([head, value]);
}

export function nothingEntry(): Buffer {
  return NOTHING;
}

/** Another one each time: only who has written it can replace it. */
export function leaseEntry(former: Buffer | undefined): Buffer {
  return Buffer.concat([Buffer.of(LEASE), randomBytes(LEASE_LENGTH - 1), former ?? Buffer.alloc(0)]);
}

export function parseEntry(bytes: Buffer): CacheEntry {
  const [first = 0] = bytes;
  switch (first) {
    case TIMED:
      return {
        kind: 'value',
        value: bytes.subarray(TIMES_LENGTH),
        times: { freshUntil: bytes.readDoubleBE(1), staleUntil: bytes.readDoubleBE(9) },
      };
    case NOTHING[0]:
      return { kind: 'nothing' };
    case LEASE:
      return { kind: 'lease', former: bytes.length > LEASE_LENGTH ? bytes.subarray(LEASE_LENGTH) : undefined };
    default:
      return { kind: 'value', value: bytes };
  }
}

/** The bytes of a value that is not over. */
export function freshValue(bytes: Buffer): Buffer | undefined {
  const entry = parseEntry(bytes);
  return entry.kind === 'value' && isFresh(entry.times) ? entry.value : undefined;
}

export function isFresh(times: EntryTimes | undefined): boolean {
  return times === undefined || times.freshUntil > Date.now();
}
