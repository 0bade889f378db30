import { randomUUID } from 'node:crypto';

const LENGTH = 36;
/** Few, as a single one that somebody keeps keeps all of its batch. */
const BATCH = 16;

let batch = '';
let next = 0;

/**
 * A random UUID. Node gives one as a text of twenty pieces, which everything that writes it has to collect again; these
 * are parts of a text in one piece.
 */
export function freshId(): string {
  if (next === batch.length) {
    batch = Array.from({ length: BATCH }, () => randomUUID()).join('');
    next = 0;
  }
  const id = batch.slice(next, next + LENGTH);
  next += LENGTH;
  return id;
}
