import type { TraceContext } from './traceparent.js';

/** What a span stands for, in OpenTelemetry's words. */
export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** Attributes of a span, by OpenTelemetry's semantic names; those that are `undefined` are left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  /** @default "internal" */
  kind?: SpanKind;
  /** Known at the start: a sampler decides by them. */
  attributes?: SpanAttributes;
}

/** What is known when the work of a span has ended. */
export interface SpanEnd {
  /** A better name than that of the start, such as one with the route. */
  name?: string;
  attributes?: SpanAttributes;
  /** The kind of error that it ended with, as `error.type`: a code or a class, never a message, which may hold data. */
  error?: string | undefined;
}

/** A piece of work in a trace, from now until its `end`. */
export interface Span {
  /** Its ids: what its log records carry and its outgoing messages hand on. */
  readonly trace: TraceContext;
  /** Whether anybody will see it. When not, attributes need not be made. */
  readonly isRecorded: boolean;
  /** Only the first call counts. Never throws. */
  end(end?: SpanEnd): void;
}

/**
 * Makes the spans of one application. A class token: injected optionally, implemented and exported by the tracing lib;
 * without it nothing is traced and nothing is paid.
 */
export abstract class Tracer {
  /** A span inside of what runs now; see {@link activeTrace}. */
  abstract startSpan(name: string, options?: SpanOptions): Span;

  /** The first span of this application in a trace: a child of the `remote` span that sent the work, else a new trace. */
  abstract startEntry(name: string, remote: TraceContext | undefined, options?: SpanOptions): Span;
}
