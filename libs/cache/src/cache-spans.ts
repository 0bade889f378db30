import { activeTrace, type Span, type Tracer } from '@eggybyte/observability';
import type { CacheDriver } from './cache-driver.js';
import type { CacheOperation } from './cache-metrics.js';

/**
 * Makes a span of each operation that runs inside of a trace and asks a server; what memory answers at once is none. No key
 * and no value is in it.
 */
export class CacheSpans {
  constructor(
    private readonly tracer: Tracer | undefined,
    private readonly driver: Pick<CacheDriver, 'name' | 'endpoints'>,
  ) {}

  begin(operation: CacheOperation, server: string): Span | undefined {
    const { name, endpoints } = this.driver;
    if (!this.tracer || endpoints.length === 0 || !activeTrace()) return undefined;
    const [, host = server, port] = /^(.+):(\d+)$/.exec(server) ?? [];
    const attributes = {
      'db.system.name': name,
      'db.operation.name': operation,
      'server.address': host,
      ...(port && { 'server.port': Number(port) }),
    };
    return this.tracer.startSpan(`cache ${operation}`, { kind: 'client', attributes });
  }
}
