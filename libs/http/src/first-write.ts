import type { Duplex } from 'node:stream';

/** Tells of the first bytes that are written to a stream, just before they are. `end` writes past `write`. */
export function onFirstWrite(stream: Duplex, told: (chunk: string | Uint8Array) => void): void {
  let isFirst = true;
  for (const name of ['write', 'end'] as const) {
    const original = stream[name].bind(stream) as (...args: unknown[]) => never;
    const watched = (...args: unknown[]): never => {
      const [chunk] = args;
      if (isFirst && (typeof chunk === 'string' || chunk instanceof Uint8Array)) {
        isFirst = false;
        told(chunk);
      }
      if (stream[name] === watched) stream[name] = original;
      return original(...args);
    };
    stream[name] = watched;
  }
}
