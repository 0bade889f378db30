import { ROOT_CONTEXT, type Span as OtelSpan, SpanKind, SpanStatusCode, type Tracer as Api } from '@opentelemetry/api';
import { type Span, type SpanEnd, type SpanOptions, type TraceContext, Tracer } from '@eggybyte/observability';
import { contextOf, OtelTrace } from './otel-trace.js';
import type { RequestContextManager } from './request-context-manager.js';

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** The suite's spans as those of OpenTelemetry's SDK. */
export class OtelTracer extends Tracer {
  constructor(
    private readonly api: Api,
    private readonly contexts: RequestContextManager,
  ) {
    super();
  }

  override startSpan(name: string, options: SpanOptions = {}): Span {
    return new RunningSpan(this.api.startSpan(name, ofOtel(options), this.contexts.active()));
  }

  override startEntry(name: string, remote: TraceContext | undefined, options: SpanOptions = {}): Span {
    const parent = remote ? contextOf(remote) : ROOT_CONTEXT;
    return new RunningSpan(this.api.startSpan(name, ofOtel(options), parent));
  }
}

class RunningSpan implements Span {
  readonly trace: TraceContext;

  constructor(private readonly span: OtelSpan) {
    this.trace = new OtelTrace(span);
  }

  get isRecorded(): boolean {
    return this.span.isRecording();
  }

  end({ name, attributes, error }: SpanEnd = {}): void {
    const { span } = this;
    if (!span.isRecording()) return;
    if (name !== undefined) span.updateName(name);
    if (attributes) span.setAttributes(attributes);
    if (error !== undefined) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

function ofOtel({ kind = 'internal', attributes = {} }: SpanOptions) {
  return { kind: KINDS[kind], attributes };
}
