import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import { type AnyConfigClass, type LoadedConfig, stateOf } from '../config-class.js';
import { failureCode } from '../config-sources.js';
import type { SourceListener, SourceTexts, SourceTrouble, WatchedSource } from './watched-source.js';

export interface ValueFilesSourceOptions {
  /** How often the files are looked at, a duration above 0. @default "5s" */
  poll?: Duration;
}

const defaults = { poll: '5s' } satisfies ValueFilesSourceOptions;

/** It has no texts of its own: that it tells something lets a reload read the files again. */
const NO_TEXTS: SourceTexts['texts'] = Object.freeze(Object.create(null) as Record<string, string>);

/**
 * The files that gave reloadable variables their values by `NAME_FILE`, such as those of a mounted Secret. What it tells
 * makes a reload read them again; which files these are is known when the configuration is loaded.
 */
export class ValueFilesSource implements WatchedSource {
  readonly name = 'files';
  readonly #files: readonly string[];
  readonly #pollMs: number;
  #timer: NodeJS.Timeout | undefined;
  #version: string | undefined;
  #trouble: string | undefined;

  /** @throws ArgumentError */
  constructor(config: LoadedConfig, { poll = defaults.poll }: ValueFilesSourceOptions = {}) {
    this.#pollMs = milliseconds(poll, 'poll');
    if (this.#pollMs < 1) throw new ArgumentError('poll', 'a duration above 0', poll);
    this.#files = filesOf(config);
  }

  /** Whether there is a file to look at. */
  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  start(listener: SourceListener): void {
    if (this.#timer || this.isEmpty) return;
    this.#timer = setInterval(() => this.#look(listener), this.#pollMs).unref();
    setImmediate(() => this.#look(listener));
  }

  stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#version = STOPPED;
    return Promise.resolve();
  }

  #look(listener: SourceListener): void {
    if (this.#version === STOPPED) return;
    const { version, trouble } = look(this.#files);
    if (trouble?.detail !== this.#trouble) {
      this.#trouble = trouble?.detail;
      listener.onTrouble(trouble);
    }
    if (version === undefined || version === this.#version) return;
    this.#version = version;
    listener.onTexts({ texts: NO_TEXTS, version });
  }
}

const STOPPED = 'stopped';

function filesOf(config: LoadedConfig): string[] {
  const { schema } = config.constructor as unknown as AnyConfigClass;
  const { origins } = stateOf(config).current;
  return Object.entries(schema).flatMap(([name, field]) => {
    const origin = origins[name];
    return field.reloadable && origin?.source === 'file' && origin.path !== undefined ? [origin.path] : [];
  });
}

/** Follows links, so that the new generation of a mounted Secret is another file. */
function look(files: readonly string[]): { version?: string; trouble?: SourceTrouble } {
  const hash = createHash('sha256');
  for (const path of files) {
    try {
      const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
      hash.update(`${path}/${dev}/${ino}/${size}/${mtimeNs}\n`);
    } catch (error) {
      const code = failureCode(error);
      const kind = code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'forbidden';
      return { trouble: { kind, detail: `${path} cannot be read (${code})` } };
    }
  }
  return { version: hash.digest('hex').slice(0, 16) };
}
