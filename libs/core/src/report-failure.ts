import { describeFailure } from '@eggybyte/errors';
import type { Phase } from '@eggybyte/lifecycle';
import { createRootLogger, flushLogger, type LogDestination, type RootLogger } from '@eggybyte/logging';

/** Where something failed; what is not known is absent. */
export interface FailurePlace {
  phase?: Phase | undefined;
  /** `Orders.onModuleInit()` */
  hook?: string | undefined;
}

/** Writes the one fatal record of a failure: what happened, where, why, what to do. */
export function reportFailure(what: string, error: unknown, { phase, hook }: FailurePlace, logger: RootLogger): void {
  const { code, description, causes, action, stack } = describeFailure(error);
  const place = { ...(phase && { phase }), ...(hook && { hook }) };
  const more = { ...(causes.length > 1 && { causes }), ...(stack && { stack }) };
  logger.fatal({ context: 'Bootstrap', code, action, ...place, ...more }, `${what}: ${description}`);
  flushLogger(logger);
}

/** Where the configuration itself failed nothing is known but the process: what is told still has the usual form. */
export function loggerWithoutConfiguration(destination: LogDestination | undefined): RootLogger {
  return createRootLogger({
    ...(destination && { destination }),
    service: process.env['SERVICE_NAME'] ?? 'unknown',
    environment: process.env['ENVIRONMENT'] ?? 'development',
    version: process.env['SERVICE_VERSION'] ?? '0.0.0',
    format: process.stdout.isTTY ? 'console' : 'json',
  });
}
