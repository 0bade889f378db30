import { Logger } from '@nestjs/common';
import { context } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, suppressTracing } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { messageOf } from '@eggybyte/errors';
import { outsideContext, suiteCounter } from '@eggybyte/observability';
import type { ResolvedTracingOptions } from '../tracing.options.js';
import { endRetries } from './endable-retries.js';

type Done = (result: ExportResult) => void;

/** Sends spans by OTLP/HTTP, counts them, and tells once when the receiver does not take them, and when it does again. */
export class ToldExporter implements SpanExporter {
  readonly #logger = new Logger('Tracing');
  readonly #exporter: SpanExporter;
  readonly #spans;
  readonly #ending = new AbortController();
  readonly #pending = new Set<Done>();
  /** Lost since the receiver stopped taking them. */
  #lost = 0;

  constructor(private readonly options: ResolvedTracingOptions) {
    const { url, headers, protocol, compression, timeoutMs, metrics } = options;
    const Exporter = protocol === 'http/json' ? JsonExporter : ProtobufExporter;
    this.#exporter = new Exporter({
      url,
      headers: async () => {
        this.#ending.signal.throwIfAborted();
        return { ...headers() };
      },
      compression: compression as never,
      timeoutMillis: timeoutMs,
    });
    endRetries(this.#exporter, this.#ending.signal);
    this.#spans = metrics && suiteCounter(metrics, 'eggy_tracing_spans_total');
  }

  /** Outside of the request whose span began the batch; that it is not to be traced is said again there. */
  export(spans: ReadableSpan[], done: Done): void {
    outsideContext(() => context.with(suppressTracing(context.active()), () => this.#export(spans, done)));
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  /** What is on its way is lost for this reason; nothing of it, no connection either, is left. */
  end(reason: Error): void {
    this.#ending.abort(reason);
    for (const finish of this.#pending) finish({ code: ExportResultCode.FAILED, error: reason });
  }

  #export(spans: ReadableSpan[], done: Done): void {
    const finish: Done = (result) => {
      if (!this.#pending.delete(finish)) return;
      const isSent = result.code === ExportResultCode.SUCCESS;
      this.#spans?.inc({ result: isSent ? 'sent' : 'lost' }, spans.length);
      this.#tell(isSent ? undefined : result.error, isSent ? 0 : spans.length);
      done(result);
    };
    this.#pending.add(finish);
    this.#exporter.export(spans, finish);
  }

  #tell(error: unknown, lost: number): void {
    const { url } = this.options;
    if (lost > 0 && this.#lost === 0) {
      this.#logger.warn({ msg: `Spans are lost, as the receiver does not take them: ${messageOf(error)}`, url });
    } else if (lost === 0 && this.#lost > 0) {
      this.#logger.log({ msg: 'The receiver takes spans again', url, lost: this.#lost });
    }
    this.#lost = lost === 0 ? 0 : this.#lost + lost;
  }
}
