import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Logger } from '@nestjs/common';
import { type Counter, globalRegister, type Metrics, type Registry, suiteCounter } from '@eggybyte/observability';
import { failureOf } from '../health/failure-reason.js';
import { type CollectedMetric, collectMetric, type MetricText } from './metric-text.js';
import { Pieces } from './pieces.js';
import type { TextFormat } from './scrape-format.js';

/** How long one metric may collect; what takes longer is left out. */
const COLLECT_MS = 5000;

const compress = promisify(gzip);

/** prom-client's register, with what its types leave out. */
type Register = Registry & { _defaultLabels?: Readonly<Record<string, string>> };

interface Family {
  name: string;
  text: MetricText;
}

/** What is told at one time, to whoever asked meanwhile. */
export class Scrape {
  #gzipped: Promise<Buffer> | undefined;

  constructor(readonly body: Buffer) {}

  /** Compressed once, beside the event loop. */
  gzipped(): Promise<Buffer> {
    return (this.#gzipped ??= compress(this.body));
  }
}

/**
 * The text of `/metrics`: the application's registry and, joined to it, prom-client's global one, where the metrics of
 * users and of @willsoto/nestjs-prometheus are. Of two with one name the application's is told. A metric whose
 * `collect` throws or hangs is left out and counted; the rest is still told. Concurrent scrapes share one run,
 * in whichever format, and however many series there are, others have their turn in between.
 */
export class Exposition {
  readonly #logger = new Logger(Exposition.name);
  readonly #own: Register;
  readonly #errors: Counter<'metric'>;
  readonly #failing = new Set<string>();
  readonly #collecting = new Map<object, Promise<MetricText>>();
  /** Metrics whose `collect` went on beyond its time; until it ends they are not waited for. */
  readonly #hanging = new Set<object>();
  readonly #scrapes = new Map<TextFormat, Promise<Scrape>>();
  /** What the scrape that began first has collected, for one in the other format meanwhile. */
  #families: Promise<readonly (Family | undefined)[]> | undefined;

  constructor(
    metrics: Metrics,
    private readonly joined: Register = globalRegister,
    private readonly collectMs = COLLECT_MS,
  ) {
    this.#own = metrics.registry;
    this.#errors = suiteCounter(metrics, 'eggy_monitoring_collect_errors_total');
  }

  /** @param withinMs how long whoever asks waits for all of it, if that is known */
  scrape(format: TextFormat = 'text', withinMs = Infinity): Promise<Scrape> {
    const running = this.#scrapes.get(format);
    if (running) return running;
    const scrape = this.#render(format, Math.min(this.collectMs, withinMs / 2)).finally(() => {
      this.#scrapes.delete(format);
    });
    this.#scrapes.set(format, scrape);
    return scrape;
  }

  async #render(format: TextFormat, collectMs: number): Promise<Scrape> {
    if (this.#families) return new Scrape(await this.#write(await this.#families, format));
    this.#families = this.#collectAll(collectMs);
    try {
      return new Scrape(await this.#write(await this.#families, format));
    } finally {
      this.#families = undefined;
    }
  }

  // Not Registry.merge(): it throws when two registries have a name in common.
  #collectAll(collectMs: number): Promise<readonly (Family | undefined)[]> {
    const own = this.#own.getMetricsAsArray();
    const users = this.joined.getMetricsAsArray().filter(({ name }) => !this.#own.getSingleMetric(name));
    return Promise.all([
      ...own.map((metric) => this.#collect(metric, this.#own, collectMs)),
      ...users.map((metric) => this.#collect(metric, this.joined, collectMs)),
    ]);
  }

  async #collect(metric: object, register: Register, collectMs: number): Promise<Family | undefined> {
    const { name } = metric as CollectedMetric;
    if (this.#hanging.has(metric)) return this.#leaveOut(name, new Error('its last collection still goes on'));
    const collecting = this.#collecting.get(metric) ?? this.#begin(metric, register);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#hanging.add(metric);
        reject(new Error(`no value within ${Math.round(collectMs)} ms`));
      }, collectMs).unref();
    });
    try {
      const text = await Promise.race([collecting, late]);
      this.#failing.delete(name);
      return { name, text };
    } catch (error) {
      return this.#leaveOut(name, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A collector that goes on is not called a second time. */
  #begin(metric: object, register: Register): Promise<MetricText> {
    const ended = (): void => {
      this.#collecting.delete(metric);
      this.#hanging.delete(metric);
    };
    const collecting = collectMetric(metric as CollectedMetric, defaultLabelsOf(register));
    this.#collecting.set(metric, collecting);
    collecting.then(ended, ended);
    return collecting;
  }

  async #write(families: readonly (Family | undefined)[], format: TextFormat): Promise<Buffer> {
    const pieces = new Pieces();
    for (const family of families) {
      try {
        for (const piece of family?.text(format) ?? []) if (pieces.add(piece)) await pieces.letOthers();
      } catch (error) {
        this.#leaveOut(family?.name ?? '', error);
      }
    }
    if (format === 'openmetrics') pieces.add('# EOF\n');
    return pieces.bytes();
  }

  #leaveOut(name: string, error: unknown): undefined {
    this.#errors.inc({ metric: name });
    if (this.#failing.has(name)) return;
    this.#failing.add(name);
    this.#logger.warn({ msg: `metric ${name} is left out: ${failureOf(error).detail}`, metric: name });
  }
}

function defaultLabelsOf({ _defaultLabels: labels = {} }: Register): Readonly<Record<string, string>> | undefined {
  return Object.keys(labels).length > 0 ? labels : undefined;
}
