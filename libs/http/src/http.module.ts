import { Global, Inject, Module, Optional, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE, HttpAdapterHost } from '@nestjs/core';
import { Launcher } from '@eggybyte/lifecycle';
import { AccessLog, Metrics } from '@eggybyte/observability';
import { boundServers } from './bound-servers.js';
import { EggyExceptionFilter } from './exception-filter.js';
import { ConfigurableModuleClass, HTTP_OPTIONS } from './http.module-definition.js';
import { type HttpOptions, resolveHttpOptions } from './http.options.js';
import { HttpDrain } from './http-drain.js';
import { hookRequests } from './request-hook.js';
import { RequestTracker } from './request-tracker.js';
import { applySettings } from './server-settings.js';

/**
 * Gives the HTTP server of an application its request context, access records and metrics, limits, security headers,
 * error answers and validation, and lets the launcher drain it. Without an HTTP server it does nothing.
 */
@Global()
@Module({
  providers: [
    {
      provide: RequestTracker,
      inject: [HTTP_OPTIONS, { token: AccessLog, optional: true }, { token: Metrics, optional: true }],
      useFactory: (options: HttpOptions, accessLog?: AccessLog, metrics?: Metrics) =>
        new RequestTracker({ accessLog, metrics, headers: resolveHttpOptions(options).securityHeaders }),
    },
    {
      provide: HttpDrain,
      inject: [RequestTracker, HttpAdapterHost],
      useFactory: (tracker: RequestTracker, host: HttpAdapterHost) =>
        new HttpDrain(tracker, () => boundServers(host.httpAdapter)),
    },
    { provide: APP_FILTER, useClass: EggyExceptionFilter },
    { provide: APP_PIPE, useFactory: () => new StandardSchemaValidationPipe() },
  ],
  exports: [RequestTracker, HttpDrain],
})
export class EggyHttpModule extends ConfigurableModuleClass {
  constructor(
    @Inject(HTTP_OPTIONS) options: HttpOptions,
    host: HttpAdapterHost,
    tracker: RequestTracker,
    drain: HttpDrain,
    @Optional() launcher?: Launcher,
  ) {
    super();
    const resolved = resolveHttpOptions(options);
    host.init$.subscribe(() => {
      if (!host.httpAdapter) return;
      hookRequests(host.httpAdapter, tracker);
      applySettings(host.httpAdapter, resolved);
      launcher?.addServer(drain);
    });
  }
}
