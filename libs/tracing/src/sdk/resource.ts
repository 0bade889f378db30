import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ResolvedTracingOptions } from '../tracing.options.js';

/** What every span tells of the process that it comes from. */
export function resourceOf(options: ResolvedTracingOptions): Resource {
  const { serviceName, serviceVersion, environment, resourceAttributes } = options;
  return defaultResource().merge(
    resourceFromAttributes({
      'service.instance.id': randomUUID(),
      'host.name': hostname(),
      'process.pid': process.pid,
      ...(serviceVersion !== undefined && { 'service.version': serviceVersion }),
      ...(environment !== undefined && { 'deployment.environment.name': environment }),
      ...resourceAttributes,
      'service.name': serviceName,
    }),
  );
}
