export { EggyLoggingModule } from './logging.module.js';
export type { LogDestination, LoggingModuleOptions, LogLevel, RootLoggerOptions } from './logging.options.js';
export { NestLogger } from './nest-logger.js';
export { createRootLogger, flushLogger, type RootLogger } from './root-logger.js';
export { getLoggerToken, InjectPinoLogger, Logger, PinoLogger } from 'nestjs-pino';
