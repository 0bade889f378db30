import { fold } from '../../promql/operations.js';
import { not } from '../../promql/sources.js';
import { by, named, type RowSpec } from '../panel.js';
import { growthBy, quantileBy, rateBy, shown } from '../shown.js';

const OPERATIONS = 'db_client_operation_duration_seconds';
const WAITS = 'db_client_connection_wait_time_seconds';
const POOL = 'db_client_connection_pool_name';
const STATE = 'db_client_connection_state';

export const databaseRow: RowSpec = {
  title: 'Database',
  panels: [
    {
      kind: 'lines',
      title: 'Operations',
      description: 'Operations a second. Many more than requests: a loop that asks once for each row.',
      unit: 'ops',
      width: 8,
      empty: 'no database',
      queries: [
        by(rateBy(shown.count(OPERATIONS), 'data_source', 'db_operation_name'), 'data_source', 'db_operation_name'),
      ],
    },
    {
      kind: 'lines',
      title: 'Operation latency',
      description:
        'Time that operations take at the server, without the wait for a connection. When it rises look for slow statements in the log, and at the server itself.',
      unit: 's',
      width: 8,
      empty: 'no database',
      queries: [0.99, 0.95, 0.5].map((share) =>
        named(`p${share * 100}`, quantileBy(share, shown.buckets(OPERATIONS), 'data_source'), 'data_source'),
      ),
    },
    {
      kind: 'lines',
      title: 'Errors by type',
      description:
        "Failed operations a second, by the server's name for the error. `ER_DUP_ENTRY` is a caller's duplicate, deadlocks are tried again; anything else is worth a look.",
      unit: 'ops',
      width: 8,
      empty: 'no errors',
      queries: [
        by(
          rateBy(shown.count(OPERATIONS, { error_type: not('') }), 'data_source', 'error_type'),
          'data_source',
          'error_type',
        ),
      ],
    },
    {
      kind: 'lines',
      title: 'Connections',
      description:
        'Connections of the pools of all instances. `used` at `max` means that requests wait: look for slow statements and long transactions before you raise the limit.',
      unit: 'none',
      width: 8,
      empty: 'no pool',
      queries: [
        by(fold('sum', shown.plain('db_client_connections'), [POOL, STATE]), STATE, POOL),
        named('max', fold('sum', shown.plain('db_client_connection_max'), [POOL]), POOL),
      ],
    },
    {
      kind: 'lines',
      title: 'Waiting for a connection',
      description:
        'Requests that wait now, and those that gave up since the point before. Each that gave up was answered with 503.',
      unit: 'none',
      width: 6,
      empty: 'no pool',
      queries: [
        named('waiting', fold('sum', shown.plain('db_client_connection_pending_requests'), [POOL]), POOL),
        named('gave up', growthBy(shown.plain('db_client_connection_timeouts_total'), POOL), POOL),
      ],
    },
    {
      kind: 'lines',
      title: 'Wait p99',
      description: 'Time that 99 of 100 requests wait for a connection at most. It should be next to nothing.',
      unit: 's',
      width: 5,
      empty: 'no pool',
      queries: [by(quantileBy(0.99, shown.buckets(WAITS), POOL), POOL)],
    },
    {
      kind: 'lines',
      title: 'Schema drift',
      description:
        'Differences between database and entities that the start has left as they are. `error` breaks statements: the log of the start names each one, with the SQL that helps.',
      unit: 'none',
      width: 5,
      empty: 'none',
      queries: [
        by(
          fold('max', shown.plain('eggy_database_schema_drift'), ['data_source', 'severity']),
          'data_source',
          'severity',
        ),
      ],
    },
  ],
};
