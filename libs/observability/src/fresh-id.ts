import { randomFillSync } from 'node:crypto';

const BYTES = 16;
/** Where the two digits of each byte stand. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const DIGITS = Buffer.from('0123456789abcdef');
const DASH = 45;

/** Asked for in larger portions: to ask costs more than what is got. */
const random = Buffer.alloc(256 * BYTES);
let used = random.length;

const letters = Array.from({ length: 36 }, () => DASH);

/**
 * A random UUID of version 4, as in RFC 9562, section 5.4. Node's own is a text of twenty pieces, which everything that
 * writes it has to collect again; this one is in one piece. It is made of numbers, as a call out of JavaScript, such as
 * to make a text of bytes, is dear where it comes once a request.
 */
export function freshId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  // Version and variant stand in two of the bytes.
  random[used + 6] = ((random[used + 6] as number) & 0x0f) | 0x40;
  random[used + 8] = ((random[used + 8] as number) & 0x3f) | 0x80;
  for (let index = 0; index < BYTES; index++) {
    const byte = random[used + index] as number;
    const place = PLACES[index] as number;
    letters[place] = DIGITS[byte >> 4] as number;
    letters[place + 1] = DIGITS[byte & 15] as number;
  }
  used += BYTES;
  return String.fromCharCode(...letters);
}
