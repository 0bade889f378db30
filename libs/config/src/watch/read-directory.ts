import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { failureCode } from '../config-sources.js';
import type { SourceTexts, SourceTrouble } from './watched-source.js';

/** What a directory gave: its texts, or why there are none. */
export type DirectoryReading =
  | {
      readonly texts: SourceTexts;
      /** Whether it has a `..data` link, by which all files change at once. */
      readonly atomic: boolean;
      readonly trouble?: undefined;
    }
  | { readonly trouble: SourceTrouble; readonly texts?: undefined };

/** One state of a directory: where its files stand, and what tells it from another state. */
interface Generation {
  readonly atomic: boolean;
  readonly version: string;
  readonly files: readonly string[];
  readonly bytes: number;
  readonly fingerprint: string;
}

/** What Kubernetes allows as a key, save for names that begin with a dot: the kubelet's own and hidden files. */
const NAME = /^[-\w][-.\w]*$/;

/** A ConfigMap or Secret holds no more than this. */
const LARGEST_FILE = 1024 * 1024;

/** Keeps a process from reading a disk when it is given the wrong directory. */
const LARGEST_TOTAL = 16 * LARGEST_FILE;

const ATTEMPTS = 5;

/** Troubles that the next attempt may not meet, as the kubelet removes a generation while it is read. */
const PASSING: ReadonlySet<string | undefined> = new Set<SourceTrouble['kind']>(['missing', 'unreachable']);

/**
 * Reads every regular file directly below a directory as the text of the variable of its name, without one final line
 * break. Names that no key of a ConfigMap could have, names that begin with a dot, and everything that is not a regular
 * file (or a link to one) are skipped.
 *
 * With a `..data` link, as the kubelet makes it, only what stands behind the link counts, and all texts are of one
 * generation. Without one, a file that is rewritten in place may be seen half written.
 *
 * Never throws. A file over 1 MiB or that is not UTF-8 makes the whole directory `invalid`, so do 16 MiB in all.
 */
export function readDirectory(directory: string): DirectoryReading {
  let reading = readOnce(directory);
  for (let attempt = 1; attempt < ATTEMPTS && PASSING.has(reading.trouble?.kind); attempt += 1) {
    reading = readOnce(directory);
  }
  return reading;
}

function readOnce(directory: string): DirectoryReading {
  try {
    const generation = look(directory);
    const texts = readTexts(generation);
    if (look(directory).fingerprint !== generation.fingerprint) {
      return { trouble: { kind: 'unreachable', detail: `${directory} changes while it is read` } };
    }
    if (typeof texts === 'string') return { trouble: { kind: 'invalid', detail: texts } };
    return { texts: { texts, version: generation.version }, atomic: generation.atomic };
  } catch (error) {
    return { trouble: troubleOf(error as NodeJS.ErrnoException, directory) };
  }
}

/** Resolves every link once, so that all files are of the generation that is current now. */
function look(directory: string): Generation {
  const root = realpathSync(directory);
  const target = dataLink(root);
  const base = target === undefined ? root : realpathSync(resolve(root, target));
  const files: string[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  for (const name of readdirSync(base).toSorted()) {
    const path = join(base, name);
    const stats = NAME.test(name) ? regularFile(path) : undefined;
    if (stats === undefined) continue;
    files.push(path);
    bytes += Number(stats.size);
    hash.update(`${name}/${stats.dev}/${stats.ino}/${stats.size}/${stats.mtimeNs}\n`);
  }
  const digest = hash.digest('hex').slice(0, 16);
  return { atomic: target !== undefined, version: target ?? digest, files, bytes, fingerprint: `${base} ${digest}` };
}

function dataLink(root: string): string | undefined {
  try {
    return readlinkSync(join(root, '..data'));
  } catch (error) {
    // EINVAL: it is no link. Copying a mounted directory leaves such a thing.
    if (['ENOENT', 'EINVAL'].includes(failureCode(error))) return undefined;
    throw error;
  }
}

/** What the path leads to if that is a regular file; a link that leads nowhere leads to none. */
function regularFile(path: string): BigIntStats | undefined {
  try {
    const stats = statSync(path, { bigint: true });
    return stats.isFile() ? stats : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(failureCode(error))) return undefined;
    throw error;
  }
}

/** The texts by name, or in words why they are no use. */
function readTexts({ files, bytes }: Generation): Readonly<Record<string, string>> | string {
  if (bytes > LARGEST_TOTAL) return `the ${files.length} files hold more than 16 MiB`;
  const texts = Object.create(null) as Record<string, string>;
  for (const path of files) {
    const content = readFile(path);
    if (content === undefined) return `${path} is larger than 1 MiB`;
    if (!isUtf8(content)) return `${path} is not UTF-8 text`;
    texts[basename(path)] = content.toString('utf8').replace(/\r?\n$/, '');
  }
  return Object.freeze(texts);
}

/** The content of a regular file, undefined if it is too large. */
function readFile(path: string): Buffer | undefined {
  // A fifo that took the place of the file meanwhile would block the process for ever.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return Buffer.of();
    return stats.size > LARGEST_FILE ? undefined : readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Names the path that failed; the message of the error is left out. */
function troubleOf(error: NodeJS.ErrnoException, directory: string): SourceTrouble {
  const code = failureCode(error);
  const path = error.path ?? directory;
  switch (code) {
    case 'ENOENT':
      return { kind: 'missing', detail: `${path} does not exist` };
    case 'EACCES':
    case 'EPERM':
      return { kind: 'forbidden', detail: `${path} may not be read (${code})` };
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'ERR_INVALID_ARG_VALUE':
      return { kind: 'invalid', detail: `${path} is no directory (${code})` };
    default:
      return { kind: 'unreachable', detail: `${path} cannot be read (${code})` };
  }
}
