import { Logger } from '@nestjs/common';
import { context, propagation, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { traceContexts, type Tracer } from '@eggybyte/observability';
import type { ResolvedTracingOptions } from '../tracing.options.js';
import { OtelTracer } from './otel-tracer.js';
import { RequestContextManager } from './request-context-manager.js';
import { resourceOf } from './resource.js';
import { samplerOf } from './sampler.js';
import { ToldExporter } from './told-exporter.js';

// This file loads OpenTelemetry; it is imported only when there is something to trace.

/** OpenTelemetry's SDK, set up for one application. */
export class TracingSdk {
  readonly tracer: Tracer;
  readonly #exporter: ToldExporter;
  readonly #provider: TracerProvider;
  readonly #ofContexts: Disposable;
  readonly #isGlobal: boolean;

  constructor(options: ResolvedTracingOptions) {
    const contexts = new RequestContextManager();
    this.#exporter = new ToldExporter(options);
    this.#provider = new TracerProvider({
      resource: resourceOf(options),
      sampler: samplerOf(options),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: this.#exporter,
          scheduledDelayMillis: options.scheduleDelayMs,
          maxQueueSize: options.maxQueueSize,
          maxExportBatchSize: Math.min(options.maxExportBatchSize, options.maxQueueSize),
          // Above the exporter's own deadline, which says more.
          exportTimeoutMillis: options.timeoutMs + 1000,
        }),
      ],
    });
    this.tracer = new OtelTracer(this.#provider.getTracer('@eggybyte/core'), contexts);
    this.#ofContexts = traceContexts(this.tracer);
    this.#isGlobal = this.#register(contexts);
  }

  /** Sends what is left; the exporter tells what fails. */
  async shutdown(): Promise<void> {
    this.#ofContexts[Symbol.dispose]();
    if (this.#isGlobal) for (const api of [trace, context, propagation]) api.disable();
    // The first batch that fails ends it, while others are on their way.
    await this.#provider.shutdown().catch(() => this.#exporter.forceFlush());
  }

  /** Ends what is left of {@link shutdown}, and its connections. */
  end(reason: Error): void {
    this.#exporter.end(reason);
  }

  /** Spans that code makes by `@opentelemetry/api` belong to the request that it runs for. */
  #register(contexts: RequestContextManager): boolean {
    if (!trace.setGlobalTracerProvider(this.#provider)) {
      new Logger('Tracing').warn(TWO_SDKS);
      return false;
    }
    context.setGlobalContextManager(contexts);
    const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
    propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
    return true;
  }
}

const TWO_SDKS =
  'OpenTelemetry was set up before, by `--import`, by the service or by another application of this process: spans ' +
  'that are made by @opentelemetry/api go there, and are no part of the traces of this application';
