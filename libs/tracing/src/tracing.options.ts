import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import type { Metrics, SpanAttributes } from '@eggybyte/observability';

/** Which traces are kept, by OpenTelemetry's names. Those with `parentbased_` keep what the caller keeps. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export type SamplerName = (typeof SAMPLERS)[number];

export const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

export type OtlpProtocol = (typeof PROTOCOLS)[number];

type Headers = Readonly<Record<string, string>>;

export interface TracingOptions {
  /** Where spans are sent: the whole URL of an OTLP/HTTP receiver, such as `http://otel:4318/v1/traces`. */
  url: string;
  /**
   * Sent along, such as an API key; a function is asked for each batch. What `OTEL_EXPORTER_OTLP_HEADERS` says in the
   * environment of the process OpenTelemetry's exporter sends beside them, wherever `url` is. @default none
   */
  headers?: Headers | (() => Headers);
  /** @default "http/protobuf" */
  protocol?: OtlpProtocol;
  /** @default "none" */
  compression?: 'none' | 'gzip';
  /** Deadline of sending one batch, its repetitions included. @default "10s" */
  timeout?: Duration;
  /** `service.name` of the resource. */
  serviceName: string;
  /** `service.version`. @default none */
  serviceVersion?: string | undefined;
  /** `deployment.environment.name`. @default none */
  environment?: string | undefined;
  /** Further attributes of the resource; they win over the ones above, except over the name. @default none */
  resourceAttributes?: SpanAttributes;
  /** @default "parentbased_always_on" */
  sampler?: SamplerName;
  /** Share of the traces that the samplers with a ratio keep, from 0 to 1. @default 1 */
  samplerRatio?: number;
  /** Longest that an ended span waits for others to be sent with. @default "5s" */
  scheduleDelay?: Duration;
  /** Ended spans that wait at most; more are dropped. @default 2048 */
  maxQueueSize?: number;
  /** Spans of one batch at most. @default 512 */
  maxExportBatchSize?: number;
  /** Counts what became of the spans. @default none */
  metrics?: Metrics | undefined;
}

export interface ResolvedTracingOptions {
  url: string;
  headers: () => Headers;
  protocol: OtlpProtocol;
  compression: 'none' | 'gzip';
  timeoutMs: number;
  serviceName: string;
  serviceVersion: string | undefined;
  environment: string | undefined;
  resourceAttributes: SpanAttributes;
  sampler: SamplerName;
  samplerRatio: number;
  scheduleDelayMs: number;
  maxQueueSize: number;
  maxExportBatchSize: number;
  metrics: Metrics | undefined;
}

const defaults = {
  headers: {},
  protocol: 'http/protobuf',
  compression: 'none',
  timeout: '10s',
  serviceVersion: undefined,
  environment: undefined,
  resourceAttributes: {},
  sampler: 'parentbased_always_on',
  samplerRatio: 1,
  scheduleDelay: '5s',
  maxQueueSize: 2048,
  maxExportBatchSize: 512,
  metrics: undefined,
} satisfies { [K in Exclude<keyof TracingOptions, 'url' | 'serviceName'>]-?: TracingOptions[K] | undefined };

/** @throws ArgumentError */
export function resolveTracingOptions(options: TracingOptions): ResolvedTracingOptions {
  const { timeout, scheduleDelay, ...all } = { ...defaults, ...options };
  const headers = all.headers as NonNullable<TracingOptions['headers']>;
  if (!/^https?:$/.test(URL.parse(all.url)?.protocol ?? '')) throw new ArgumentError('url', 'an http(s) URL', all.url);
  if (!(all.samplerRatio >= 0 && all.samplerRatio <= 1)) {
    throw new ArgumentError('samplerRatio', 'a number from 0 to 1', all.samplerRatio);
  }
  atLeast1('maxQueueSize', all.maxQueueSize);
  atLeast1('maxExportBatchSize', all.maxExportBatchSize);
  return {
    ...all,
    headers: typeof headers === 'function' ? headers : () => headers,
    timeoutMs: milliseconds(timeout, 'timeout'),
    scheduleDelayMs: milliseconds(scheduleDelay, 'scheduleDelay'),
  };
}

function atLeast1(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) throw new ArgumentError(name, 'a whole number from 1', value);
}
