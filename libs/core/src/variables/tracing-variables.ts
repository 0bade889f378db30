import { bool, type ConfigShape, int, number, oneOf, reloadable, secret, text, url } from '@eggybyte/config';
import { OTLP_PROTOCOLS, SAMPLERS } from '@eggybyte/tracing';

/** Pairs as OpenTelemetry writes them; keys and values are percent-encoded. */
const PAIRS = {
  pattern: /^[^=,\s]+=[^,]*(?:,\s*[^=,\s]+=[^,]*)*,?$/,
  expected: 'pairs as key=value, separated by commas, percent-encoded',
} as const;

/** Tracing, by the names that OpenTelemetry has given them, in its units. */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url({
    optional: true,
    description:
      'Base URL of an OTLP/HTTP receiver, http://otel:4318; /v1/traces is added. Not set: nothing is traced, and nothing loaded for it.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url({
    optional: true,
    description: 'Whole URL for traces, in place of the one above.',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: reloadable(
    secret({ ...PAIRS, optional: true, description: 'Headers sent to the receiver: api-key=…,tenant=….' }),
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(OTLP_PROTOCOLS, {
    default: 'http/protobuf',
    description: 'How spans are written. gRPC is not there.',
  }),
  OTEL_EXPORTER_OTLP_COMPRESSION: oneOf(['none', 'gzip'], { default: 'none', description: 'Compression of batches.' }),
  OTEL_EXPORTER_OTLP_TIMEOUT: int({
    min: 1,
    default: 10_000,
    description: 'Deadline of one batch, its repetitions included, in milliseconds.',
  }),
  OTEL_SERVICE_NAME: text({ optional: true, description: 'Name in traces; SERVICE_NAME when not set.' }),
  OTEL_RESOURCE_ATTRIBUTES: text({
    ...PAIRS,
    optional: true,
    description: 'What every span tells of its process: team=shop,region=eu.',
  }),
  OTEL_TRACES_SAMPLER: oneOf(SAMPLERS, {
    default: 'parentbased_always_on',
    description: 'Which traces are kept; parentbased_… keeps what the caller keeps.',
  }),
  OTEL_TRACES_SAMPLER_ARG: number({
    min: 0,
    max: 1,
    default: 1,
    description: 'Share of the traces that the samplers with traceidratio keep.',
  }),
  OTEL_BSP_SCHEDULE_DELAY: int({
    min: 1,
    default: 5000,
    description: 'Longest that an ended span waits for others to be sent with, in milliseconds.',
  }),
  OTEL_BSP_MAX_QUEUE_SIZE: int({ min: 1, default: 2048, description: 'Ended spans that wait; more are dropped.' }),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: int({ min: 1, default: 512, description: 'Spans of one batch at most.' }),
  OTEL_SDK_DISABLED: bool({ default: false, description: 'Whether nothing is traced, whatever else is set.' }),
} satisfies ConfigShape;
