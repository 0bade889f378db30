import { Logger } from '@nestjs/common';
import { ArgumentError } from '@eggybyte/errors';
import { type AdminAnswer, type AdminChange, AdminEndpoint } from '@eggybyte/observability';
import type { LevelLease, LogLevels } from './log-levels.js';

const FIELDS = ['level', 'context', 'ttl'];

/**
 * Tells the levels that are in force, and takes leases: `{ "level": "debug", "ttl": "10m", "context": "Orders" }`, of
 * which only the level is needed. `{ "level": null }` ends one before its time.
 */
@AdminEndpoint({ path: '/loggers' })
export class LoggersEndpoint implements AdminEndpoint {
  readonly #logger = new Logger('LogLevels');

  constructor(private readonly levels: LogLevels) {}

  handle(): AdminAnswer {
    return { body: this.levels.report() };
  }

  change({ body }: AdminChange): AdminAnswer {
    try {
      const { level, context, ttl } = fieldsOf(body);
      if (level === null) this.levels.release(context);
      else this.levels.lease({ level, ...(context !== undefined && { context }), ...(ttl !== undefined && { ttl }) });
      const what = level === null ? 'the lease has ended' : `level ${level}`;
      this.#logger.warn({ msg: `Log level of ${context ?? 'everything'}: ${what}`, level, of: context, ttl });
      return { body: this.levels.report() };
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      return { status: 400, body: { error: error.message } };
    }
  }
}

type Fields = Omit<LevelLease, 'level'> & { level: LevelLease['level'] | null };

/** @throws ArgumentError */
function fieldsOf(body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ArgumentError('body', 'an object with a level', body);
  }
  const unknown = Object.keys(body).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw new ArgumentError('body', `an object of ${FIELDS.join(', ')} alone`, unknown);
  const { level, context, ttl } = body as Record<string, unknown>;
  if (level === undefined) throw new ArgumentError('level', 'a level, or null to end a lease', level);
  if (context !== undefined && typeof context !== 'string') {
    throw new ArgumentError('context', 'the name of a logger', context);
  }
  return { level, context, ttl } as Fields;
}
