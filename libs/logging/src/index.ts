export { type LevelLease, type LevelsReport, LogLevels } from './log-levels.js';
export { LoggersEndpoint } from './loggers-endpoint.js';
export { EggyLoggingModule } from './logging.module.js';
export type { LogDestination, LoggingModuleOptions, LogLevel, RootLoggerOptions } from './logging.options.js';
export { NestLogger } from './nest-logger.js';
export { measureLogger } from './record-watch.js';
export { createRootLogger, flushLogger, type RootLogger } from './root-logger.js';
export { WarningsEndpoint, type WarningsReport } from './warnings-endpoint.js';
export { getLoggerToken, InjectPinoLogger, Logger, PinoLogger } from 'nestjs-pino';
