import { HealthChecker } from '@eggybyte/observability';
import { DEFAULT_DATA_SOURCE, ofDataSource } from '../data-source/data-source-name.js';
import type { SchemaMigrator } from './schema-migrator.js';
import { placeOf } from './schema-plan.js';
import { SchemaPendingError } from './schema.errors.js';

/**
 * For the mode `check`: down while the database lacks what the entities ask for. It looks again and again, by one query
 * while nothing changes, so that a Job that applies the schema later makes the service ready.
 */
@HealthChecker({ name: 'schema', critical: true, timeout: '10s', interval: '15s' })
export class SchemaHealthChecker implements HealthChecker {
  readonly name: string;

  constructor(
    private readonly migrator: SchemaMigrator,
    private readonly dataSource: string = DEFAULT_DATA_SOURCE,
  ) {
    this.name = ofDataSource(dataSource, 'schema');
  }

  /** @throws SchemaPendingError */
  async check(signal: AbortSignal): Promise<void> {
    const { steps, refused } = await this.migrator.plan(signal);
    const missing = [
      ...steps.map((step) => `${step.kind} ${placeOf(step)}`),
      ...refused.map(({ table, column }) => placeOf({ table, ...(column !== undefined && { object: column }) })),
    ];
    if (missing.length > 0) throw new SchemaPendingError(missing, this.dataSource);
  }
}
