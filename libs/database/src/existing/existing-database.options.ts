import { type Duration, milliseconds } from '@eggybyte/errors';

export interface ExistingDatabaseOptions {
  /** Whether `/readyz` fails while the database is down; the same for every data source. @default true */
  healthCritical?: boolean | undefined;
  /**
   * From which duration on a statement is logged as slow, without its values. A function is asked each time, so that it
   * can change while the service runs. 0 is never. @default "200ms"
   */
  slowQuery?: Duration | (() => Duration) | undefined;
}

export interface ResolvedExistingDatabaseOptions {
  healthCritical: boolean;
  slowQuery: Duration | (() => Duration);
}

const defaults = { healthCritical: true, slowQuery: '200ms' } satisfies ExistingDatabaseOptions;

/** @throws ArgumentError for a duration that is none */
export function resolveExistingDatabaseOptions(options: ExistingDatabaseOptions): ResolvedExistingDatabaseOptions {
  const { healthCritical = defaults.healthCritical, slowQuery = defaults.slowQuery } = options;
  return {
    healthCritical,
    slowQuery: typeof slowQuery === 'function' ? slowQuery : milliseconds(slowQuery, 'slowQuery'),
  };
}
