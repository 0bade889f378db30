import {
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import type { TraceContext } from '@eggybyte/observability';

/** The ids of a span of OpenTelemetry's SDK, together with its context, in which the span itself can be found. */
export class OtelTrace implements TraceContext {
  readonly #ids: SpanContext;

  constructor(
    span: Span,
    readonly context: Context = trace.setSpan(ROOT_CONTEXT, span),
  ) {
    this.#ids = span.spanContext();
  }

  get traceId(): string {
    return this.#ids.traceId;
  }

  get spanId(): string {
    return this.#ids.spanId;
  }

  get flags(): string {
    return this.#ids.traceFlags.toString(16).padStart(2, '0');
  }

  get state(): string | undefined {
    return this.#ids.traceState?.serialize();
  }
}

/** The context of OpenTelemetry in which a span is the running one. */
export function contextOf(traceContext: TraceContext | undefined): Context {
  if (!traceContext) return ROOT_CONTEXT;
  if (traceContext instanceof OtelTrace) return traceContext.context;
  const { traceId, spanId, flags, state } = traceContext;
  const ids: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(state !== undefined && { traceState: createTraceState(state) }),
  };
  return trace.setSpanContext(ROOT_CONTEXT, ids);
}

/** The other way round; `undefined` for a context without a span, such as one that suppresses tracing. */
export function traceOf(context: Context): TraceContext | undefined {
  // What the exporter itself sends is not traced.
  if (isTracingSuppressed(context)) return undefined;
  const span = trace.getSpan(context);
  return span && isSpanContextValid(span.spanContext()) ? new OtelTrace(span, context) : undefined;
}
