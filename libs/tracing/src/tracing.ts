import { type Duration, milliseconds } from '@eggybyte/errors';
import type { Tracer } from '@eggybyte/observability';
import type { TracingSdk } from './sdk/tracing-sdk.js';
import { resolveTracingOptions, type ResolvedTracingOptions, type TracingOptions } from './tracing.options.js';

/**
 * The tracing of one application. OpenTelemetry's packages are loaded when it is opened, and only then. What goes wrong
 * with it later is told in the log and never reaches the application.
 */
export class Tracing {
  readonly #options: ResolvedTracingOptions;
  #sdk: Promise<TracingSdk> | undefined;

  /** @throws ArgumentError */
  constructor(options: TracingOptions) {
    this.#options = resolveTracingOptions(options);
  }

  /** Connects to nothing: spans are sent in the background, whether a receiver is there or not. */
  async open(): Promise<Tracer> {
    this.#sdk ??= import('./sdk/tracing-sdk.js').then(({ TracingSdk }) => new TracingSdk(this.#options));
    return (await this.#sdk).tracer;
  }

  /** Sends what is left, for at most `timeout`; what is not sent by then is lost and told. Never rejects. */
  async close(timeout: Duration = '1s'): Promise<void> {
    const sdk = await this.#sdk?.catch(() => undefined);
    if (!sdk) return;
    const timeoutMs = milliseconds(timeout, 'timeout');
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([sdk.shutdown(), expired]);
    clearTimeout(timer);
    sdk.end(new Error(`nobody took them within ${timeoutMs} ms`));
  }
}
