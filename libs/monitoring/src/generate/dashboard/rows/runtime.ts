import { fold, ratio } from '../../promql/operations.js';
import { by, named, type RowSpec } from '../panel.js';
import { rateBy, shown } from '../shown.js';

const LOOP = 'nodejs_eventloop_time_seconds_total';

/** The process and its Node.js. */
export const runtimeRow: RowSpec = {
  title: 'Runtime',
  panels: [
    {
      kind: 'lines',
      title: 'Event loop utilisation',
      description:
        'Share of the time in which the event loop has work. Above 0.9 requests wait for each other: add instances, or find what computes by a CPU profile.',
      unit: 'percentunit',
      width: 8,
      max: 1,
      thresholds: ['green', [0.9, 'red']],
      queries: [
        by(
          ratio(
            rateBy(shown.plain(LOOP, { nodejs_eventloop_state: 'active' }), 'instance'),
            rateBy(shown.plain(LOOP), 'instance'),
          ),
          'instance',
        ),
      ],
    },
    {
      kind: 'lines',
      title: 'Event loop lag',
      description:
        'How late timers ran in the last one to two minutes. A maximum that is high while p99 is not means one long computation, such as the JSON of something huge.',
      unit: 's',
      width: 8,
      queries: [
        named('p99', fold('max', shown.plain('nodejs_eventloop_lag_p99_seconds'), ['instance']), 'instance'),
        named('max', fold('max', shown.plain('nodejs_eventloop_lag_max_seconds'), ['instance']), 'instance'),
      ],
    },
    {
      kind: 'lines',
      title: 'CPU',
      description:
        'Cores in use, all threads. At the limit of its container a process is throttled, and everything in it is late.',
      unit: 'short',
      width: 8,
      queries: [by(rateBy(shown.plain('process_cpu_seconds_total'), 'instance'), 'instance')],
    },
    {
      kind: 'lines',
      title: 'Heap',
      description:
        'What JavaScript objects take, and what the heap may grow to. A line that rises from day to day is a leak: take two heap snapshots and compare them.',
      unit: 'bytes',
      width: 8,
      queries: [
        named('used', fold('max', shown.plain('nodejs_heap_size_used_bytes'), ['instance']), 'instance'),
        named('reserved', fold('max', shown.plain('nodejs_heap_size_total_bytes'), ['instance']), 'instance'),
        named('limit', fold('min', shown.plain('eggy_memory_limit_bytes', { memory: 'heap' }))),
      ],
    },
    {
      kind: 'lines',
      title: 'Memory of the process',
      description:
        'What is in RAM, what buffers take of it, and what its container allows, if it limits it. At the limit the kernel kills the process without a word in its log.',
      unit: 'bytes',
      width: 8,
      queries: [
        named('in RAM', fold('max', shown.plain('process_resident_memory_bytes'), ['instance']), 'instance'),
        named('buffers', fold('max', shown.plain('nodejs_external_memory_bytes'), ['instance']), 'instance'),
        named('limit', fold('min', shown.plain('eggy_memory_limit_bytes', { memory: 'process' }))),
      ],
    },
    {
      kind: 'lines',
      title: 'Garbage collection',
      description:
        'Share of the time that goes into collecting garbage. `major` above 0.1 means that the heap is nearly full: look at it.',
      unit: 'percentunit',
      width: 4,
      queries: [by(rateBy(shown.sum('nodejs_gc_duration_seconds'), 'kind'), 'kind')],
    },
    {
      kind: 'lines',
      title: 'File descriptors',
      description:
        'Share of the file descriptors that are in use: files and sockets. A line that only rises is a leak.',
      unit: 'percentunit',
      width: 4,
      max: 1,
      queries: [
        by(
          ratio(
            fold('max', shown.plain('process_open_fds'), ['instance']),
            fold('max', shown.plain('process_max_fds'), ['instance']),
          ),
          'instance',
        ),
      ],
    },
  ],
};
