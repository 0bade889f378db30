import type { Logger } from '@nestjs/common';
import { type Metrics, suiteGauge } from '@eggybyte/observability';
import { loggerOf } from '../data-source/data-source-name.js';
import { type DriftItem, type DriftSeverity, placeOf } from './schema-plan.js';

const SEVERITIES: readonly DriftSeverity[] = ['error', 'warn', 'info'];
const SHOWN_ITEMS = 20;

/** Told at each start, the worst first, and as a gauge. @param dataSource its name */
export function tellDrift(drift: readonly DriftItem[], metrics: Metrics | undefined, dataSource: string): void {
  const logger = loggerOf('SchemaMigrator', dataSource);
  const bySeverity = new Map(SEVERITIES.map((name) => [name, drift.filter(({ severity }) => severity === name)]));
  const gauge = metrics && suiteGauge(metrics, 'eggy_database_schema_drift');
  for (const [severity, items] of bySeverity) gauge?.set({ severity, data_source: dataSource }, items.length);
  if (drift.length === 0) return;
  const counts = [...bySeverity]
    .filter(([, items]) => items.length > 0)
    .map(([name, { length }]) => `${length} ${name}`);
  tell(
    logger,
    drift.some(({ severity }) => severity !== 'info') ? 'warn' : 'info',
    `The database differs from the entities, which is left so: ${counts.join(', ')}`,
  );
  const items = [...bySeverity.values()].flat();
  for (const item of items.slice(0, SHOWN_ITEMS)) tell(logger, item.severity, textOf(item));
  if (items.length > SHOWN_ITEMS) tell(logger, 'info', `and ${items.length - SHOWN_ITEMS} more in eggy_schema_state`);
}

function textOf({ kind, live, wanted, hint, sql, ...place }: DriftItem): string {
  const is = live === undefined ? [] : [`is ${live}`];
  const asked = wanted === undefined ? [] : [`asked for ${wanted}`];
  const difference = [...is, ...asked].join(', ');
  const byHand = sql ? `; by hand: ${sql}` : '';
  return `${kind} ${placeOf(place)}: ${hint}${difference && ` (${difference})`}${byHand}`;
}

function tell(logger: Logger, severity: DriftSeverity, text: string): void {
  if (severity === 'error') logger.error(text);
  else if (severity === 'warn') logger.warn(text);
  else logger.log(text);
}
