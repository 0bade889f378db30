// Bytes, texts and numbers, written where they will stay. Each tells where the next byte goes.

const ZERO = 48;
/** Shorter ones are copied sooner than `set` is called. */
const FEW = 24;

export function putBytes(bytes: Buffer, at: number, part: Buffer): number {
  const { length } = part;
  if (length > FEW) bytes.set(part, at);
  else for (let index = 0; index < length; index++) bytes[at + index] = part[index] as number;
  return at + length;
}

/** @param text of ASCII characters */
export function putText(bytes: Buffer, at: number, text: string): number {
  return at + bytes.write(text, at, 'latin1');
}

/** @param value an integer from 0 to 2 ** 31 - 1 */
export function putInteger(bytes: Buffer, at: number, value: number): number {
  let end = at + 1;
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end++;
  return putDigits(bytes, at, end, value);
}

/** The last digits of an integer, as many as there is room for until `end`. */
export function putDigits(bytes: Buffer, at: number, end: number, value: number): number {
  let rest = value;
  for (let place = end - 1; place >= at; place--) {
    const higher = (rest / 10) | 0;
    bytes[place] = ZERO + rest - higher * 10;
    rest = higher;
  }
  return end;
}
