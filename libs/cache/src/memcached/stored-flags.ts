/** What memcache-pp notes beside a value, so that its programs can read ours and we theirs. */
const JSON_TEXT = 2;
const BYTES = 4;
const NUMBER = 8;

/** Bytes or a counter as memcache-pp stores them. */
export function toStored(value: Buffer | number): { flags: number; data: Buffer } {
  if (typeof value === 'number') return { flags: NUMBER, data: Buffer.from(String(value)) };
  return { flags: BYTES, data: value };
}

/**
 * The bytes of a stored value as they are; a text, which only other programs store as such, in JSON's form like all
 * of our values. `undefined` for flags that are none of memcache-pp's plain ones, such as compressed.
 */
export function fromStored(flags: number, data: Buffer): Buffer | undefined {
  switch (flags) {
    case BYTES:
    case NUMBER:
    case JSON_TEXT:
      return data;
    case 0:
      return Buffer.from(JSON.stringify(data.toString()));
    default:
      return undefined;
  }
}
