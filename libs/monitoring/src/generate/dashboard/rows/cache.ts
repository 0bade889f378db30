import { fold } from '../../promql/operations.js';
import { like } from '../../promql/sources.js';
import { by, named, type RowSpec } from '../panel.js';
import { quantileBy, rateBy, shareOf, shown } from '../shown.js';

const OPERATIONS = 'eggy_cache_operations_total';

export const cacheRow: RowSpec = {
  title: 'Cache',
  panels: [
    {
      kind: 'lines',
      title: 'Hit ratio',
      description:
        'Share of reads that found a value. A sudden fall: the servers were restarted, a key has changed, or values no longer fit.',
      unit: 'percentunit',
      width: 6,
      max: 1,
      empty: 'no reads',
      queries: [
        named(
          'hits',
          shareOf(shown.plain(OPERATIONS, { result: 'hit' }), shown.plain(OPERATIONS, { result: like('hit|miss') })),
        ),
      ],
    },
    {
      kind: 'lines',
      title: 'Operations by result',
      description:
        '`timeout`: a server was too slow; `bypassed`: it is down and is not asked; `too_large`: a value that it does not take. All of them are answered as misses.',
      unit: 'ops',
      width: 6,
      empty: 'no operations',
      queries: [by(rateBy(shown.plain(OPERATIONS), 'operation', 'result'), 'operation', 'result')],
    },
    {
      kind: 'lines',
      title: 'Operation latency p99',
      description:
        'From the call to its answer or failure. When it nears the deadline, 250 ms by default, reads become misses.',
      unit: 's',
      width: 4,
      empty: 'no operations',
      queries: [by(quantileBy(0.99, shown.buckets('eggy_cache_operation_duration_seconds'), 'server'), 'server')],
    },
    {
      kind: 'states',
      title: 'Servers',
      description:
        'Red while a server is not asked, on any instance, as it does not answer. Its keys go to the next server, or to the database.',
      unit: 'none',
      width: 4,
      empty: 'no servers',
      queries: [by(fold('min', shown.plain('eggy_cache_server_up'), ['server']), 'server')],
    },
    {
      kind: 'lines',
      title: 'Loads',
      description:
        'Values that had to be loaded as the cache did not have them. `error` and `timeout` are failures of what loads; `stale`: an old value stood in.',
      unit: 'ops',
      width: 4,
      empty: 'no loads',
      queries: [by(rateBy(shown.plain('eggy_cache_loads_total'), 'result'), 'result')],
    },
  ],
};
