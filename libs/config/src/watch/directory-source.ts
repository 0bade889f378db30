import { type FSWatcher, watch } from 'node:fs';
import { resolve } from 'node:path';
import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import { Logger } from '@nestjs/common';
import { failureCode } from '../config-sources.js';
import { readDirectory } from './read-directory.js';
import type { SourceListener, SourceTexts, SourceTrouble, WatchedSource } from './watched-source.js';

export interface DirectorySourceOptions {
  /** The directory, one file for each variable: a mounted ConfigMap or Secret, or any other. */
  directory: string;
  /** How long no more may change before the files are read, a duration. @default "50ms" */
  debounce?: Duration;
  /** How often the files are read anyway, and the longest wait while they never rest, a duration above 0. @default "5s" */
  poll?: Duration;
  /**
   * Whether the directory should have the `..data` link of a mounted volume, as in a pod; without the link it is told
   * as `static` until it changes after all. @default false
   */
  expectAtomic?: boolean;
}

interface ResolvedDirectorySourceOptions {
  directory: string;
  debounceMs: number;
  pollMs: number;
  expectAtomic: boolean;
}

const defaults = { debounce: '50ms', poll: '5s', expectAtomic: false } satisfies Partial<DirectorySourceOptions>;

/** Above this, setTimeout fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The files of a directory as texts of variables. A change is told once nothing has changed for `debounce`; what no
 * event tells, as when the directory itself is replaced, is seen within `poll`.
 *
 * The files are read synchronously. Its timers and its watch keep no process alive.
 */
export class DirectorySource implements WatchedSource {
  readonly name = 'directory';
  readonly #logger = new Logger(DirectorySource.name);
  readonly #options: ResolvedDirectorySourceOptions;
  #started = false;
  #listener: SourceListener | undefined;
  #watcher: FSWatcher | undefined;
  /** Why it cannot be watched, as far as that is logged. */
  #unwatchable: string | undefined;
  #poll: NodeJS.Timeout | undefined;
  #debounce: NodeJS.Timeout | undefined;
  /** When the first change came that is not read yet, on the monotonic clock. */
  #restlessSince: number | undefined;
  #texts: SourceTexts | undefined;
  #trouble: SourceTrouble | undefined;
  /** Whether it once had a `..data` link. */
  #atomic = false;
  /** Whether it once changed without one, so that it is not static. */
  #changesInPlace = false;

  /** @throws ArgumentError for an empty `directory`, or a duration that no timer can wait for. */
  constructor(options: DirectorySourceOptions) {
    this.#options = resolveOptions(options);
  }

  get directory(): string {
    return this.#options.directory;
  }

  /** Tells nothing before it returns. Another call does nothing. */
  start(listener: SourceListener): void {
    if (this.#started) return;
    this.#started = true;
    this.#listener = listener;
    this.#poll = setInterval(() => this.#onPoll(), this.#options.pollMs).unref();
    this.#lookIn(0);
  }

  stop(): Promise<void> {
    this.#started = true;
    this.#listener = undefined;
    clearInterval(this.#poll);
    clearTimeout(this.#debounce);
    this.#watcher?.close();
    return Promise.resolve();
  }

  #onPoll(): void {
    // While changes come, the files are read when they end.
    if (this.#debounce === undefined) this.#look();
  }

  #onChange(): void {
    const { debounceMs, pollMs } = this.#options;
    const now = performance.now();
    this.#restlessSince ??= now;
    this.#lookIn(Math.max(0, Math.min(debounceMs, this.#restlessSince + pollMs - now)));
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#debounce);
    this.#debounce = setTimeout(() => this.#look(), ms).unref();
  }

  #look(): void {
    this.#debounce = undefined;
    this.#restlessSince = undefined;
    // Before reading: what changes afterwards is an event.
    const failure = this.#watch();
    const { directory } = this.#options;
    const reading = readDirectory(directory);
    // What cannot be read need not be watched: one message is enough.
    if (reading.texts) this.#logUnwatched(failure);
    if (reading.trouble) this.#tellTrouble(reading.trouble);
    else if (reading.atomic || !this.#atomic) this.#take(reading.texts, reading.atomic);
    // A mounted volume without its link is being removed or made: what it holds at the moment is not all.
    else this.#tellTrouble({ kind: 'missing', detail: `${directory}/..data does not exist any more` });
  }

  /**
   * Watches the directory that has the path now, or returns the code of the failure. A new watch each time, as the old
   * one is deaf once the directory was replaced, which neither an event nor an inode number, being used again, tells
   * for certain.
   */
  #watch(): string | undefined {
    const last = this.#watcher;
    this.#watcher = undefined;
    try {
      const watcher = watch(this.#options.directory, { persistent: false }, () => this.#onChange());
      // The next look makes another.
      this.#watcher = watcher.on('error', () => watcher.close());
      return undefined;
    } catch (error) {
      return failureCode(error);
    } finally {
      last?.close();
    }
  }

  #logUnwatched(failure: string | undefined): void {
    const { directory, pollMs } = this.#options;
    if (failure !== undefined && failure !== this.#unwatchable) {
      this.#logger.warn(`Cannot watch ${directory} (${failure}): it is read every ${pollMs} ms instead`);
    }
    this.#unwatchable = failure;
  }

  #take(texts: SourceTexts, atomic: boolean): void {
    const { directory, expectAtomic } = this.#options;
    const last = this.#texts;
    const differs = last === undefined || !sameTexts(last.texts, texts.texts);
    this.#atomic ||= atomic;
    this.#changesInPlace ||= differs && last !== undefined && !atomic;
    this.#texts = texts;
    const isStatic = expectAtomic && !atomic && !this.#changesInPlace;
    const detail = `${directory} has no ..data: a subPath mount never changes while the pod runs`;
    this.#tellTrouble(isStatic ? { kind: 'static', detail } : undefined);
    if (differs) this.#listener?.onTexts(texts);
  }

  #tellTrouble(trouble: SourceTrouble | undefined): void {
    const last = this.#trouble;
    if (trouble?.kind === last?.kind && trouble?.detail === last?.detail) return;
    this.#trouble = trouble;
    this.#listener?.onTrouble(trouble);
  }
}

function resolveOptions(options: DirectorySourceOptions): ResolvedDirectorySourceOptions {
  const {
    directory,
    debounce = defaults.debounce,
    poll = defaults.poll,
    expectAtomic = defaults.expectAtomic,
  } = options;
  if (directory === '') throw new ArgumentError('directory', 'the path of a directory', directory);
  return {
    // A later process.chdir() does not lead elsewhere.
    directory: resolve(directory),
    debounceMs: timerMs('debounce', debounce, 0),
    pollMs: timerMs('poll', poll, 1),
    expectAtomic,
  };
}

function timerMs(name: string, duration: Duration, least: number): number {
  const ms = milliseconds(duration, name);
  if (ms >= least && ms <= LONGEST_TIMER_MS) return ms;
  throw new ArgumentError(name, `a duration from ${least}ms to 24d`, duration);
}

function sameTexts(one: SourceTexts['texts'], other: SourceTexts['texts']): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
