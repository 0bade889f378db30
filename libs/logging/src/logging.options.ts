import { ArgumentError } from '@eggybyte/errors';
import type { Logger } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] satisfies LogLevel[];

export interface RootLoggerOptions {
  /** Name of the service, in every record. */
  service: string;
  /** Environment it runs in, in every record. */
  environment: string;
  /** Version of the service, in every record. */
  version: string;
  /** Lowest level that is written; `root.level` changes it at run time, for all loggers made of it. @default "info" */
  level?: LogLevel;
  /** `json`: one record a line; `console`: lines for people, made by pino-pretty, which only then is loaded. @default "json" */
  format?: 'json' | 'console';
  /** Where lines go, each by one `write`. @default standard output, written in batches */
  destination?: LogDestination;
  /** Names of fields to redact besides the default ones, case-insensitive, at any depth. @default [] */
  secretKeys?: readonly string[];
}

/** Takes whole lines. A stream is one; with `flushSync` it is emptied at a fatal record and by `flushLogger`. */
export interface LogDestination {
  write(line: string): unknown;
  flushSync?(): void;
}

export type ResolvedRootLoggerOptions = Required<Omit<RootLoggerOptions, 'destination'>> & {
  destination: LogDestination | undefined;
};

const defaults = { level: 'info', format: 'json', secretKeys: [] } satisfies Partial<RootLoggerOptions>;

/** @throws ArgumentError for a level or a format that does not exist. */
export function resolveRootLoggerOptions(options: RootLoggerOptions): ResolvedRootLoggerOptions {
  const { destination, ...rest } = options;
  const all = { ...defaults, ...rest, destination };
  assertLevel(all.level, 'level');
  if (all.format !== 'json' && all.format !== 'console') {
    throw new ArgumentError('format', 'json or console', all.format);
  }
  return all;
}

/** @throws ArgumentError */
export function assertLevel(level: unknown, name: string): asserts level is LogLevel {
  if (!LEVELS.includes(level as LogLevel)) throw new ArgumentError(name, `one of ${LEVELS.join(', ')}`, level);
}

export interface LoggingModuleOptions {
  /** The application's logger, made by `createRootLogger`. */
  root: Logger;
}
