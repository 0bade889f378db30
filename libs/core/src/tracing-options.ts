import type { Metrics } from '@eggybyte/observability';
import type { TracingOptions } from '@eggybyte/tracing';
import type { CoreConfig } from './eggy-config.js';

const TRACES = 'v1/traces';

/** `undefined` when nothing is to be traced. */
export function tracingOptions(config: CoreConfig, metrics: Metrics): TracingOptions | undefined {
  const url = urlOf(config);
  if (url === undefined || config.OTEL_SDK_DISABLED) return undefined;
  return {
    url,
    metrics,
    headers: () => pairs(config.OTEL_EXPORTER_OTLP_HEADERS?.reveal()),
    protocol: config.OTEL_EXPORTER_OTLP_PROTOCOL,
    compression: config.OTEL_EXPORTER_OTLP_COMPRESSION,
    timeout: config.OTEL_EXPORTER_OTLP_TIMEOUT,
    serviceName: config.OTEL_SERVICE_NAME ?? config.SERVICE_NAME,
    serviceVersion: config.SERVICE_VERSION,
    environment: config.ENVIRONMENT,
    resourceAttributes: pairs(config.OTEL_RESOURCE_ATTRIBUTES),
    sampler: config.OTEL_TRACES_SAMPLER,
    samplerRatio: config.OTEL_TRACES_SAMPLER_ARG,
    scheduleDelay: config.OTEL_BSP_SCHEDULE_DELAY,
    maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
  };
}

function urlOf(config: CoreConfig): string | undefined {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole, OTEL_EXPORTER_OTLP_ENDPOINT: base } = config;
  return whole ?? base?.replace(/\/?$/, `/${TRACES}`);
}

function pairs(text = ''): Record<string, string> {
  const all = text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at === -1 ? [] : [[decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))] as const];
  });
  return Object.fromEntries(all);
}

/** What is no percent-encoding is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text.trim();
  }
}
