import { Logger } from '@nestjs/common';
import { type Counter, globalRegister, type Metrics, type Registry, suiteCounter } from '@eggybyte/observability';
import { failureOf } from '../health/failure-reason.js';

/** How long one metric may collect; what takes longer is left out. */
const COLLECT_MS = 5000;

/** prom-client renders one metric by this method, which its types leave out. */
type Renderer = Registry & { getMetricsAsString(metric: unknown): Promise<string> };

/**
 * The text of `/metrics`: the application's registry and, joined to it, prom-client's global one, where the metrics of
 * users and of @willsoto/nestjs-prometheus are. Of two with one name the application's is told. A metric whose
 * `collect` throws or hangs is left out and counted; the rest is still told. Concurrent scrapes share one run.
 */
export class Exposition {
  static readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';

  readonly #logger = new Logger(Exposition.name);
  readonly #own: Renderer;
  readonly #errors: Counter<'metric'>;
  readonly #failing = new Set<string>();
  readonly #collecting = new Map<unknown, Promise<string>>();
  #scrape: Promise<Buffer> | undefined;

  constructor(
    metrics: Metrics,
    private readonly joined: Registry = globalRegister,
    private readonly collectMs = COLLECT_MS,
  ) {
    this.#own = metrics.registry as Renderer;
    this.#errors = suiteCounter(metrics, 'eggy_monitoring_collect_errors_total');
  }

  scrape(): Promise<Buffer> {
    this.#scrape ??= this.#render().finally(() => {
      this.#scrape = undefined;
    });
    return this.#scrape;
  }

  // Not Registry.merge(): it throws when two registries have a name in common.
  async #render(): Promise<Buffer> {
    const own = this.#own.getMetricsAsArray();
    const users = this.joined.getMetricsAsArray().filter(({ name }) => !this.#own.getSingleMetric(name));
    // A register that was switched to OpenMetrics would write what a reader of this format refuses as a whole.
    const renderer = this.joined.contentType === this.#own.contentType ? (this.joined as Renderer) : this.#own;
    const texts = await Promise.all([
      ...own.map((metric) => this.#collect(metric, this.#own)),
      ...users.map((metric) => this.#collect(metric, renderer)),
    ]);
    return Buffer.from(`${texts.filter((text) => text !== undefined).join('\n\n')}\n`);
  }

  async #collect(metric: { name: string }, renderer: Renderer): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no value within ${this.collectMs} ms`)), this.collectMs).unref();
    });
    try {
      const text = await Promise.race([this.#text(metric, renderer), late]);
      this.#failing.delete(metric.name);
      return text;
    } catch (error) {
      this.#tell(metric.name, error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A collector that hangs is not called a second time. */
  #text(metric: object, renderer: Renderer): Promise<string> {
    const running = this.#collecting.get(metric);
    if (running) return running;
    const text = renderer.getMetricsAsString(metric).finally(() => this.#collecting.delete(metric));
    this.#collecting.set(metric, text);
    return text;
  }

  #tell(name: string, error: unknown): void {
    this.#errors.inc({ metric: name });
    if (this.#failing.has(name)) return;
    this.#failing.add(name);
    this.#logger.warn({ msg: `metric ${name} is left out: ${failureOf(error).detail}`, metric: name });
  }
}
