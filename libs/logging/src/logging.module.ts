import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';
import { AccessLog } from '@eggybyte/observability';
import { Logger, LoggerModule, NativeLogger, PinoLogger } from 'nestjs-pino';
import { ContextLogger } from './context-logger.js';
import { LogLevels } from './log-levels.js';
import { LoggersEndpoint } from './loggers-endpoint.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  LOGGING_OPTIONS,
  type OPTIONS_TYPE,
} from './logging.module-definition.js';
import type { LoggingModuleOptions } from './logging.options.js';
import { NestLogger } from './nest-logger.js';
import { PinoAccessLog } from './pino-access-log.js';
import { WarningsEndpoint } from './warnings-endpoint.js';

const PROVIDERS: Provider[] = [
  { provide: PinoLogger, useClass: ContextLogger },
  { provide: NestLogger, inject: [LOGGING_OPTIONS], useFactory: (o: LoggingModuleOptions) => new NestLogger(o.root) },
  { provide: Logger, useExisting: NestLogger },
  { provide: NativeLogger, useExisting: NestLogger },
  { provide: LogLevels, inject: [LOGGING_OPTIONS], useFactory: (o: LoggingModuleOptions) => LogLevels.of(o.root) },
  { provide: LoggersEndpoint, inject: [LogLevels], useFactory: (levels: LogLevels) => new LoggersEndpoint(levels) },
  {
    provide: WarningsEndpoint,
    inject: [LOGGING_OPTIONS],
    useFactory: (o: LoggingModuleOptions) => new WarningsEndpoint(o.root),
  },
  { provide: AccessLog, inject: [LOGGING_OPTIONS], useFactory: (o: LoggingModuleOptions) => new PinoAccessLog(o.root) },
];

/**
 * Provides nestjs-pino's `Logger`, `PinoLogger` and `@InjectPinoLogger` everywhere, over a root logger of the
 * application's own, and writes the access records of the HTTP server.
 */
@Global()
@Module({})
export class EggyLoggingModule extends ConfigurableModuleClass {
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return readAtScan(super.forRoot(options));
  }

  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return readAtScan(super.forRootAsync(options));
  }
}

/**
 * `@InjectPinoLogger` registers its name when its class is evaluated, which may be after forRoot(). Nest reads the
 * lists of a dynamic module while it scans: all classes of the application are there by then.
 */
function readAtScan(definition: DynamicModule): DynamicModule {
  return {
    ...definition,
    get providers() {
      return [...(definition.providers ?? []), ...PROVIDERS, ...namedLoggers()];
    },
    get exports() {
      return [
        LogLevels,
        PinoLogger,
        NestLogger,
        Logger,
        NativeLogger,
        AccessLog,
        ...namedLoggers().map(({ provide }) => provide),
      ];
    },
  };
}

/** nestjs-pino's providers of `@InjectPinoLogger(name)`; it exports them only as part of its own module. */
function namedLoggers(): Extract<Provider, { provide: unknown }>[] {
  const all = (LoggerModule.forRoot().providers ?? []) as Extract<Provider, { provide: unknown }>[];
  return all.filter(({ provide }) => typeof provide === 'string' && provide.startsWith('PinoLogger:'));
}
