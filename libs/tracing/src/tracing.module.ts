import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Metrics, Tracer } from '@eggybyte/observability';
import { Tracing } from './tracing.js';
import { ConfigurableModuleClass, TRACING_OPTIONS, type TracingModuleOptions } from './tracing.module-definition.js';

/** Provides {@link Tracer} everywhere: HTTP, database and cache then make spans. */
@Global()
@Module({
  providers: [
    {
      provide: Tracing,
      inject: [TRACING_OPTIONS, { token: Metrics, optional: true }],
      useFactory: (options: TracingModuleOptions, metrics?: Metrics) =>
        'tracing' in options ? options.tracing : new Tracing({ metrics, ...options }),
    },
    { provide: Tracer, inject: [Tracing], useFactory: (tracing: Tracing) => tracing.open() },
  ],
  exports: [Tracer],
})
export class EggyTracingModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(
    @Inject(TRACING_OPTIONS) private readonly options: TracingModuleOptions,
    private readonly tracing: Tracing,
  ) {
    super();
  }

  /** Nest calls it after HTTP has drained. */
  async onApplicationShutdown(): Promise<void> {
    if (!('tracing' in this.options)) await this.tracing.close();
  }
}
