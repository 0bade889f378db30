import { describeFailure } from '@eggybyte/errors';
import { createRootLogger, flushLogger, type RootLogger } from '@eggybyte/logging';

/** Writes the one fatal record of a failure: what happened, why, what to do. */
export function reportFailure(what: string, error: unknown, logger: RootLogger = withoutConfiguration()): void {
  const { code, description, causes, action, stack } = describeFailure(error);
  const fields = { context: 'Bootstrap', code, action, ...(causes.length > 1 && { causes }), ...(stack && { stack }) };
  logger.fatal(fields, `${what}: ${description}`);
  flushLogger(logger);
}

/** The configuration itself failed, so nothing is known but the process: what is told still has the usual form. */
function withoutConfiguration(): RootLogger {
  return createRootLogger({
    service: process.env['SERVICE_NAME'] ?? 'unknown',
    environment: process.env['ENVIRONMENT'] ?? 'development',
    version: process.env['SERVICE_VERSION'] ?? '0.0.0',
    format: process.stdout.isTTY ? 'console' : 'json',
  });
}
