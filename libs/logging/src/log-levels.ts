import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import { scrubText } from '@eggybyte/observability';
import type { Level } from 'pino';
import { assertLevel, type LogLevel } from './logging.options.js';
import type { RootLogger } from './root-logger.js';

/** Contexts are names of classes; should somebody make them up at run time, only so many loggers are kept. */
const MOST_CONTEXTS = 1000;
const LONGEST_CONTEXT = 128;
const DEFAULT_TTL = '10m';
const MOST_LEASES = 100;
/** Whoever needs a level for longer sets it where the configuration is. */
const LONGEST_TTL_MS = 24 * 60 * 60 * 1000;

/** A level for a time. */
export interface LevelLease {
  level: LogLevel;
  /** Name of the loggers that it is for, such as `Orders`. @default all that have none of their own */
  context?: string;
  /** When it ends by itself, a duration up to 24 h. @default "10m" */
  ttl?: Duration;
}

interface Running {
  level: LogLevel;
  until: number;
  timer: NodeJS.Timeout;
}

/** What is in force, for whoever looks at it. */
export interface LevelsReport {
  /** In force for everybody who is not named in `contexts`. */
  level: string;
  /** What the configuration says, and what it goes back to. */
  configured: string;
  /** When the lease of `level` ends, as ISO 8601. */
  until: string | null;
  contexts: { context: string; level: string; until: string; known: boolean }[];
  /** Names under which something was logged so far; a lease may be for one that comes later. */
  known: string[];
}

const instances = new WeakMap<RootLogger, LogLevels>();

/**
 * The levels of one application's loggers while it runs: a lease comes before the configuration, and ends by itself. A
 * lease for a context reaches everything that logs by `new Logger(name)` or a PinoLogger of that name.
 */
export class LogLevels {
  readonly #contexts = new Map<string, RootLogger>();
  readonly #leases = new Map<string | undefined, Running>();
  #configured: LogLevel;
  #isApplying = false;

  private constructor(private readonly root: RootLogger) {
    this.#configured = root.level as LogLevel;
    // Whoever sets the root's own level says what is configured, as far as the others can know.
    root.on('level-change', (level, _value, _before, _valueBefore, logger) => {
      if (logger === root && !this.#isApplying) this.configure(level as LogLevel);
    });
  }

  /** Those of a root logger: there is one for each. */
  static of(root: RootLogger): LogLevels {
    let levels = instances.get(root);
    if (!levels) instances.set(root, (levels = new LogLevels(root)));
    return levels;
  }

  /** The logger of a context, which follows its leases. */
  logger(context: string): RootLogger {
    const known = this.#contexts.get(context);
    if (known) return known;
    const made = this.root.child({ context }) as RootLogger;
    const lease = this.#leases.get(context);
    if (lease) made.level = lease.level;
    // Who has a lease has to hear of its end.
    const isKept = this.#contexts.size < MOST_CONTEXTS && context.length <= LONGEST_CONTEXT;
    if (isKept || lease) this.#contexts.set(context, made);
    return made;
  }

  /** Whether anybody writes records of a level: a context may, although the others do not. */
  mayWrite(level: Level): boolean {
    return this.root.isLevelEnabled(level) || this.#leases.size > 0;
  }

  /** The level of the configuration; a lease that runs goes on. @throws ArgumentError */
  configure(level: LogLevel): void {
    assertLevel(level, 'level');
    this.#configured = level;
    this.#apply();
  }

  /** Begins a lease, in place of one for the same loggers. @throws ArgumentError */
  lease({ level, context, ttl = DEFAULT_TTL }: LevelLease): void {
    assertLevel(level, 'level');
    const ttlMs = milliseconds(ttl, 'ttl');
    if (ttlMs < 1 || ttlMs > LONGEST_TTL_MS) throw new ArgumentError('ttl', 'a duration above 0 and up to 24h', ttl);
    if (context !== undefined && !this.#leases.has(context) && this.#leases.size >= MOST_LEASES) {
      throw new ArgumentError('context', `one of those with a lease, as there are ${MOST_LEASES}`, context);
    }
    clearTimeout(this.#leases.get(context)?.timer);
    const timer = setTimeout(() => this.release(context), ttlMs).unref();
    this.#leases.set(context, { level, until: Date.now() + ttlMs, timer });
    this.#apply();
  }

  /** Ends a lease before its time. */
  release(context?: string): void {
    clearTimeout(this.#leases.get(context)?.timer);
    this.#leases.delete(context);
    this.#apply();
  }

  report(): LevelsReport {
    const leases = [...this.#leases].flatMap(([context, { level, until }]) =>
      context === undefined ? [] : [{ context, level, until: iso(until), known: this.#contexts.has(context) }],
    );
    const ofAll = this.#leases.get(undefined);
    return {
      level: this.root.level,
      configured: this.#configured,
      until: ofAll ? iso(ofAll.until) : null,
      contexts: leases.toSorted((a, b) => a.context.localeCompare(b.context)),
      known: [...this.#contexts.keys()].map((context) => scrubText(context)).toSorted(),
    };
  }

  #apply(): void {
    const level = this.#leases.get(undefined)?.level ?? this.#configured;
    this.#isApplying = true;
    this.root.level = level;
    this.#isApplying = false;
    // pino keeps a level that was set once as the logger's own, so that it has to be told each time.
    for (const [context, logger] of this.#contexts) {
      const own = this.#leases.get(context)?.level ?? level;
      if (logger.level !== own) logger.level = own;
    }
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
