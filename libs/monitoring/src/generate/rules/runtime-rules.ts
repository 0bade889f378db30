import { compare, fold, over, ratio } from '../promql/operations.js';
import type { Series } from '../promql/vector.js';
import { all, ofService } from './of-service.js';
import { alert, type AlertingRule, type RuleGroup, SHARE } from './rule.js';

const LOOP = 'nodejs_eventloop_time_seconds_total';
const TARGET = ['namespace', 'job', 'instance'] as const;
const NEAR = 0.9;

const active = over('rate', all.plain(LOOP, { nodejs_eventloop_state: 'active' }), '5m');

/** Whether an instance has what it needs to run. */
export const runtimeRules: RuleGroup = {
  name: 'eggy-runtime',
  rules: [
    alert({
      name: 'EggyEventLoopBusy',
      vector: ofService(
        compare(
          ratio(fold('sum', active, TARGET), fold('sum', over('rate', all.plain(LOOP), '5m'), TARGET)),
          '>',
          NEAR,
        ),
      ),
      lasting: '10m',
      severity: 'warning',
      summary: (label) =>
        `The event loop of ${label('service')} on ${label('instance')} is busy for ${SHARE} of the time`,
      description: () =>
        'Requests wait for each other, and probes are late. Add instances; if the load is as ever, take a CPU profile to find what computes.',
    }),
    memoryNearLimit(
      'heap',
      all.plain('nodejs_heap_size_used_bytes'),
      'At the limit Node.js ends with a fatal error. Raise `--max-old-space-size` together with the memory of the container if it has grown with the load; if it grows from day to day, compare two heap snapshots.',
    ),
    memoryNearLimit(
      'process',
      all.plain('process_resident_memory_bytes'),
      'At the limit of its container the kernel kills it without a word in its log. Raise the limit, or see in the dashboard whether it is heap or buffers that grow.',
    ),
  ],
};

function memoryNearLimit(
  memory: 'heap' | 'process',
  used: Series<'namespace' | 'job' | 'instance'>,
  what: string,
): AlertingRule {
  const limit = all.plain('eggy_memory_limit_bytes', { memory });
  return alert({
    name: 'EggyMemoryNearLimit',
    vector: ofService(compare(ratio(fold('max', used, TARGET), fold('max', limit, TARGET)), '>', NEAR)),
    lasting: '10m',
    severity: 'warning',
    labels: { memory },
    summary: (label) =>
      `The ${memory} memory of ${label('service')} on ${label('instance')} is at ${SHARE} of its limit`,
    description: () => what,
  });
}
