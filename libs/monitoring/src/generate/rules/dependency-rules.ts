import { and, compare, or, over, ratio, times } from '../promql/operations.js';
import { unlike } from '../promql/sources.js';
import { all, perService } from './of-service.js';
import { alert, recording, type RuleGroup, SHARE, VALUE } from './rule.js';

const OPERATIONS = 'db_client_operation_duration_seconds';
const POOL = 'db_client_connection_pool_name';
/** None; a caller's duplicate; what is tried again. */
const EXPECTED_ERRORS = unlike('|ER_DUP_ENTRY|ER_LOCK_DEADLOCK');

const operations = recording(
  'eggy:database_operations:rate5m',
  perService('sum', over('rate', all.count(OPERATIONS), '5m'), 'data_source'),
);
const failures = recording(
  'eggy:database_failures:rate5m',
  perService('sum', over('rate', all.count(OPERATIONS, { error_type: EXPECTED_ERRORS }), '5m'), 'data_source'),
);

/** Database and cache. */
export const dependencyRules: RuleGroup = {
  name: 'eggy-dependencies',
  rules: [
    operations.rule,
    failures.rule,
    alert({
      name: 'EggyDatabasePoolExhausted',
      vector: or(
        perService('sum', compare(all.plain('db_client_connection_pending_requests'), '>', 0), POOL),
        perService(
          'sum',
          compare(over('increase', all.plain('db_client_connection_timeouts_total'), '3m'), '>', 0),
          POOL,
        ),
      ),
      lasting: '5m',
      severity: 'warning',
      summary: (label) => `Requests to ${label('service')} wait for a connection of the pool ${label(POOL)}`,
      description: () =>
        'All connections are in use, and who waits too long is answered with 503. Look for slow statements and long transactions in the log first; then raise DATABASE_MAX_OPEN_CONNS, if the server has connections left.',
    }),
    alert({
      name: 'EggyDatabaseErrors',
      vector: and(
        compare(ratio(failures.series, operations.series), '>', 0.05),
        compare(times(failures.series, 300), '>', 10),
      ),
      lasting: '5m',
      severity: 'warning',
      summary: (label) => `${SHARE} of the operations of ${label('service')} on ${label('data_source')} fail`,
      description: () =>
        "Duplicates and deadlocks are not among them. The dashboard has the server's names for the errors; missing tables and columns point to the schema, ECONN and PROTOCOL names to the server or the way to it.",
    }),
    alert({
      name: 'EggySchemaDrift',
      vector: perService(
        'max',
        compare(all.plain('eggy_database_schema_drift', { severity: 'error' }), '>', 0),
        'data_source',
      ),
      lasting: '10m',
      severity: 'warning',
      summary: (label) => `The schema of ${label('data_source')} is not what ${label('service')} needs`,
      description: () =>
        `${VALUE} differences break statements, and are of a kind that no start repairs. The log of the last start names each of them, with the SQL that helps where there is one.`,
    }),
    alert({
      name: 'EggyCacheServerDown',
      vector: perService('count', compare(all.plain('eggy_cache_server_up'), '==', 0), 'server'),
      lasting: '5m',
      severity: 'warning',
      summary: (label) => `${label('service')} goes without its cache server ${label('server')}`,
      description: () =>
        `${VALUE} of its instances do not ask it, as it does not answer. Nothing fails, but the database gets its load: restart the server, and see whether the network lets the service reach it.`,
    }),
  ],
};
