import { randomFillSync } from 'node:crypto';

const LENGTH = 36;
const BYTES = 16;
/** Few, as a single one that somebody keeps keeps all of its batch. */
const BATCH = 16;
const HYPHENS_BEFORE = new Set([4, 6, 8, 10]);
const HYPHEN = 45;
const DIGITS = Buffer.from('0123456789abcdef');

/** Asked for in larger portions: to ask costs more than what is got. */
const random = Buffer.alloc(256 * BYTES);
let used = random.length;

const letters = Buffer.alloc(BATCH * LENGTH);
let batch = '';
let next = 0;

/**
 * A random UUID. Node's own is a text of twenty pieces, which everything that writes it has to collect again; these are
 * parts of a text in one piece.
 */
export function freshId(): string {
  if (next === batch.length) {
    batch = freshBatch();
    next = 0;
  }
  const id = batch.slice(next, next + LENGTH);
  next += LENGTH;
  return id;
}

/** UUIDs of version 4, as in RFC 9562, section 5.4. */
function freshBatch(): string {
  let at = 0;
  for (let id = 0; id < BATCH; id++) {
    if (used === random.length) {
      randomFillSync(random);
      used = 0;
    }
    for (let place = 0; place < BYTES; place++) {
      if (HYPHENS_BEFORE.has(place)) letters[at++] = HYPHEN;
      const byte = marked(random[used++] as number, place);
      letters[at++] = DIGITS[byte >> 4] as number;
      letters[at++] = DIGITS[byte & 15] as number;
    }
  }
  return letters.toString('latin1');
}

/** Version and variant stand in two of the bytes. */
function marked(byte: number, place: number): number {
  if (place === 6) return (byte & 0x0f) | 0x40;
  return place === 8 ? (byte & 0x3f) | 0x80 : byte;
}
