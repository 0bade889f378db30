import { Global, Inject, Module, Optional } from '@nestjs/common';
import { type AbstractHttpAdapter, APP_FILTER, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { Launcher } from '@eggybyte/lifecycle';
import { AccessLog, Metrics, Tracer } from '@eggybyte/observability';
import { boundServers, onEveryServer } from './bound-servers.js';
import { EggyExceptionFilter } from './exception-filter.js';
import { filterFileErrors } from './file-errors.js';
import { ConfigurableModuleClass, HTTP_OPTIONS } from './http.module-definition.js';
import { type HttpOptions, resolveHttpOptions } from './http.options.js';
import { HttpDrain } from './http-drain.js';
import { explainListenErrors, tellListenErrors } from './listen-errors.js';
import { answerParserErrors } from './parser-errors.js';
import { hookRequests, takeOverRefusals } from './request-hook.js';
import { RequestTracker } from './request-tracker.js';
import { runRoutesInContext } from './route-context.js';
import { validateBySchema } from './schema-pipes.js';
import { applySettings, limitTimes } from './server-settings.js';
import { quickenStreamSearch } from './stream-search.js';

/**
 * Gives the HTTP server of an application its request context, access records and metrics, limits, security headers,
 * error answers and validation, and lets the launcher drain it. Without an HTTP server it does nothing.
 */
@Global()
@Module({
  providers: [
    {
      provide: RequestTracker,
      inject: [HTTP_OPTIONS, ...[AccessLog, Metrics, Tracer].map((token) => ({ token, optional: true }))],
      useFactory: (options: HttpOptions, accessLog?: AccessLog, metrics?: Metrics, tracer?: Tracer) =>
        new RequestTracker({ accessLog, metrics, tracer, headers: resolveHttpOptions(options).securityHeaders }),
    },
    {
      provide: HttpDrain,
      inject: [RequestTracker, HttpAdapterHost],
      useFactory: (tracker: RequestTracker, host: HttpAdapterHost) =>
        new HttpDrain(tracker, () => boundServers(host.httpAdapter)),
    },
    { provide: APP_FILTER, useClass: EggyExceptionFilter },
    { provide: quickenStreamSearch, useFactory: quickenStreamSearch },
  ],
  exports: [RequestTracker, HttpDrain],
})
export class EggyHttpModule extends ConfigurableModuleClass {
  constructor(
    @Inject(HTTP_OPTIONS) options: HttpOptions,
    host: HttpAdapterHost,
    tracker: RequestTracker,
    drain: HttpDrain,
    modules: ModulesContainer,
    @Optional() launcher?: Launcher,
  ) {
    super();
    const resolved = resolveHttpOptions(options);
    // The routes are made of what is said of their parameters by now.
    validateBySchema(modules);
    host.init$.subscribe(() => {
      const adapter = host.httpAdapter as AbstractHttpAdapter | null;
      if (!adapter) return;
      hookRequests(adapter, tracker);
      runRoutesInContext(adapter);
      applySettings(adapter, resolved);
      explainListenErrors(adapter);
      if (adapter.getType() === 'express') filterFileErrors(adapter);
      onEveryServer(adapter, (server) => {
        limitTimes(server, resolved);
        answerParserErrors(server, tracker, resolved.securityHeaders);
        takeOverRefusals(server, tracker);
        if (adapter.getType() !== 'fastify') tellListenErrors(server);
        drain.follow(server);
      });
      launcher?.addServer(drain);
    });
  }
}
