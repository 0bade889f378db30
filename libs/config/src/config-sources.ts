import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getDefaultParser } from '@nestjs/config';
import { type Findings, showPath } from './config-problem.js';
import { repeatedNames } from './repeated-names.js';

/** One place of texts by name: the environment, one `.env` file, a mounted directory, a source that is watched. */
export interface TextLayer {
  readonly source: 'env' | 'dotenv' | 'directory' | 'watched';
  /** The `.env` file, the directory, or the name of the source. */
  readonly path?: string;
  /** Folder that a relative path in a `NAME_FILE` variable starts from. */
  readonly directory: string;
  readonly texts: Readonly<Record<string, string | undefined>>;
}

/** Everything a value may come from, strongest first, save the default. */
export interface Sources {
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly layers: readonly TextLayer[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** Whether a source gives a value: an empty text counts as not given, as `PORT=${UNSET}` in a manifest means nothing. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '';
}

/** The own value of a name, so that `constructor` and its like are nothing but names. */
export function ownValue<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) && isGiven(values[name]) ? values[name] : undefined;
}

/** The code of a file system error; its message is left out, as it holds the path, and a path may be a secret. */
export function failureCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}

/** Reads one `.env` file as @nestjs/config does; a missing file is no layer, an unreadable one a problem. */
export function readDotenv(directory: string, file: string, { problems, warnings }: Findings): TextLayer[] {
  const path = join(directory, file);
  const { content, trouble } = readContent(path);
  if (content !== undefined) {
    for (const name of repeatedNames(content)) {
      const message = `${name} stands more than once in ${showPath(path)}: the last one counts`;
      warnings.push({ kind: 'ignored', name, message });
    }
    return [{ source: 'dotenv', path, directory, texts: getDefaultParser()(content) }];
  }
  if (trouble === 'ENOENT') return [];
  const origin = { source: 'dotenv', name: path, path } as const;
  problems.push({ kind: 'unreadable', name: path, expected: 'a file that can be read', given: trouble, origin });
  return [];
}

/** The parser would find nothing in UTF-16, as some editors and shells on Windows write it, and say nothing. */
function readContent(path: string): { content: Buffer; trouble?: never } | { trouble: string; content?: never } {
  try {
    const content = readFileSync(path);
    const isText = isUtf8(content) && !content.includes(0);
    return isText ? { content } : { trouble: 'other bytes than UTF-8 text' };
  } catch (error) {
    return { trouble: failureCode(error) };
  }
}
