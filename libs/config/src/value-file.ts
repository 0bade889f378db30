import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { failureCode } from './config-sources.js';

/** A ConfigMap or Secret holds no more than this. */
const LARGEST = 1024 * 1024;

/** The text of a file, or in words why it has none. */
export type ValueFile =
  { readonly text: string; readonly trouble?: never } | { readonly trouble: string; readonly text?: never };

/** Reads a file that a variable names. Never throws, and never waits or reads for ever, whatever the path leads to. */
export function readValueFile(path: string): ValueFile {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readText(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { trouble: failureCode(error) };
  }
}

function readText(file: number): ValueFile {
  const stats = fstatSync(file);
  // A pipe can be read once, and a configuration is read again.
  if (!stats.isFile() && !stats.isCharacterDevice()) return { trouble: 'no file' };
  const content = Buffer.allocUnsafe(LARGEST + 1);
  let size = 0;
  for (let more = 1; more > 0 && size <= LARGEST; size += more) {
    more = readSync(file, content, size, content.length - size, null);
  }
  if (size > LARGEST) return { trouble: 'larger than 1 MiB' };
  const text = content.subarray(0, size);
  return isUtf8(text) ? { text: text.toString('utf8') } : { trouble: 'not UTF-8 text' };
}
