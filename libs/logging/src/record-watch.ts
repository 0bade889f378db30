import { CounterSeries, type Metrics, suiteCounter } from '@eggybyte/observability';
import { type Level, type Logger, pino } from 'pino';
import { FloodLimit, type FloodListener } from './flood-limit.js';
import { RecentRecords } from './recent-records.js';

const WARN = pino.levels.values['warn'] ?? 40;

/** Loggers whose records are counted by others, so that none may be left out. */
const UNLIMITED = Symbol('eggybyte:logging:unlimited');

const watches = new WeakMap<object, RecordWatch>();

/** Counts the records of one root logger by level, leaves out what comes too often, and keeps the last warnings. */
export class RecordWatch {
  readonly #floods: FloodLimit;
  readonly #counts = new Map<number, CounterSeries<'level'>>();
  readonly recent = new RecentRecords();
  #keepsNext = false;

  constructor(told: FloodListener) {
    this.#floods = new FloodLimit(told);
  }

  /** That of a root logger; `undefined` for a logger of somebody else. */
  static of(root: object): RecordWatch | undefined {
    return watches.get(root);
  }

  belongTo(root: object): void {
    watches.set(root, this);
  }

  /** Counts a record below `warn` that is written past the logger. */
  count(level: Level): void {
    this.#counts.get(pino.levels.values[level] ?? 0)?.inc();
  }

  /** The line of the record that was admitted last: pino writes it before anything else is logged. */
  written(line: string): void {
    if (!this.#keepsNext) return;
    this.#keepsNext = false;
    this.recent.keep(line);
  }

  /** Whether the record is to be written. */
  admits(logger: object, level: number, [first, second]: readonly unknown[]): boolean {
    this.#counts.get(level)?.inc();
    this.#keepsNext = level >= WARN && this.#admitsWarning(logger, level, first, second);
    return level < WARN || this.#keepsNext;
  }

  #admitsWarning(logger: object, level: number, first: unknown, second: unknown): boolean {
    if ((logger as { [UNLIMITED]?: true })[UNLIMITED]) return true;
    const text = typeof first === 'string' ? first : (second ?? (first as { msg?: unknown } | null)?.msg);
    return this.#floods.admits(pino.levels.labels[level] ?? '', typeof text === 'string' ? text : '');
  }

  /** Tells what was left out so far. */
  tellLeftOut(): void {
    this.#floods.closeWindow();
  }

  /** Counts in `eggy_log_records_total` from now on, also what is left out. */
  measure(metrics: Metrics): void {
    const total = suiteCounter(metrics, 'eggy_log_records_total');
    for (const [level, value] of Object.entries(pino.levels.values)) {
      this.#counts.set(value, new CounterSeries(total, { level }));
    }
  }
}

/** Lets every record of a logger be written, however many are alike. */
export function withoutLimit<L extends Logger>(logger: L): L {
  return Object.assign(logger, { [UNLIMITED]: true });
}

/** Counts the records of a root logger by level; call it once. Does nothing for a logger of somebody else. */
export function measureLogger(root: object, metrics: Metrics): void {
  RecordWatch.of(root)?.measure(metrics);
}
