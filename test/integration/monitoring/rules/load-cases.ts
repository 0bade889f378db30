import { casesOf, type RuleCase } from './rule-case.js';
import { always, growing, Instance, inTurn } from './rule-series.js';

const a = new Instance('a:9090');
const b = new Instance('b:9090');
/** What the service itself says then becomes `exported_service`. */
const operated = new Instance('a:9090', { namespace: 'shop', job: 'users', service: 'users-metrics' });
const MB = 2 ** 20;

/** Buckets of requests of which these many a minute are fast, and these take between one and 2.5 seconds. */
const latencies = (fast: number, slow: number, minutes: number) => [
  a.requests('200', growing(fast + slow, minutes)),
  a.within('0.1', growing(fast, minutes)),
  a.within('1', growing(fast, minutes)),
  a.within('2.5', growing(fast + slow, minutes)),
  a.within('+Inf', growing(fast + slow, minutes)),
];

export const loadCases: RuleCase[] = [
  ...casesOf('EggyErrorBudgetBurn', {
    labels: { window: '1h' },
    fires: [
      {
        when: 'three in a hundred requests fail, for ten minutes',
        series: [a.info(always(1, 90)), a.requests('200', growing(970, 90)), a.requests('500', growing(30, 90))],
        at: 70,
        summary: '3% of the requests to users fail',
      },
      {
        when: 'another service of the same job does well, with many more requests',
        series: [
          a.info(always(1, 90)),
          a.requests('500', growing(60, 90)),
          b.info(always(1, 90), '1.0.0', 'orders'),
          b.requests('200', growing(60_000, 90)),
        ],
        at: 70,
        summary: '100% of the requests to users fail',
      },
      {
        when: 'targets have a label `service` of their own, as those of the Prometheus operator have',
        series: [operated.info(always(1, 90)), operated.requests('500', growing(60, 90))],
        at: 70,
        summary: '100% of the requests to users-metrics fail',
      },
      {
        when: 'nothing but failures is answered, and was never anything else',
        series: [a.info(always(1, 90)), a.requests('503', growing(60, 90))],
        at: 70,
      },
      {
        when: 'the instance that failed was replaced by another one that fails',
        series: [
          a.info(inTurn(always(1, 30), 'stale')),
          a.requests('500', inTurn(growing(100, 30), 'stale')),
          b.info(always(1, 60)),
          b.requests('500', growing(100, 60)),
        ],
        at: 45,
      },
    ],
    silent: [
      {
        when: 'one in two thousand fails',
        series: [a.info(always(1, 90)), a.requests('200', growing(1999, 90)), a.requests('500', growing(1, 90))],
        at: 70,
      },

      {
        when: 'four of ten requests fail at a quiet time',
        series: [
          a.info(always(1, 90)),
          a.requests('200', inTurn(always(0, 60), '0 2 4 6', always(6, 28))),
          a.requests('500', inTurn(always(0, 60), '0 2 3 4', always(4, 28))),
        ],
        at: 64,
      },
      {
        when: 'callers make mistakes, and leave',
        series: [
          a.info(always(1, 90)),
          a.requests('200', growing(10, 90)),
          a.requests('404', growing(500, 90)),
          a.requests('499', growing(500, 90)),
        ],
        at: 70,
      },
    ],
    ends: [
      {
        when: 'the failures are over for ten minutes',
        series: [
          a.info(always(1, 90)),
          a.requests('200', growing(900, 90)),
          a.requests('500', inTurn('0+50x99', '4950x80')),
        ],
        at: 70,
      },
    ],
  }),
  ...casesOf('EggyErrorBudgetBurn', {
    labels: { window: '6h' },
    fires: [
      {
        when: 'one in a hundred fails all the time',
        series: [a.info(always(1, 60)), a.requests('200', growing(990, 60)), a.requests('500', growing(10, 60))],
        at: 50,
        summary: '1% of the requests to users fail',
      },
    ],
    silent: [
      {
        when: 'one in two hundred fails, that is five times the goal',
        series: [a.info(always(1, 60)), a.requests('200', growing(995, 60)), a.requests('500', growing(5, 60))],
        at: 50,
      },
    ],
  }),
  ...casesOf('EggyLatencyHigh', {
    fires: [
      {
        when: 'one request in twenty takes longer than a second',
        series: [a.info(always(1, 40)), ...latencies(950, 50, 40)],
        at: 30,
        summary: 'users is slow: one request in a hundred takes longer than 1 s',
      },
    ],
    silent: [
      {
        when: 'one in a thousand does',
        series: [a.info(always(1, 40)), ...latencies(999, 1, 40)],
        at: 30,
      },
      {
        when: 'all of a request a minute do',
        series: [a.info(always(1, 40)), ...latencies(0, 1, 40)],
        at: 30,
      },
    ],
  }),
  ...casesOf('EggyEventLoopBusy', {
    fires: [
      {
        when: 'the loop is active for 57 of 60 seconds',
        series: [a.info(always(1, 40)), a.loop('active', growing(57, 40)), a.loop('idle', growing(3, 40))],
        at: 30,
        summary: 'The event loop of users on a:9090 is busy for 95% of the time',
      },
    ],
    silent: [
      {
        when: 'it is for half of the time',
        series: [a.info(always(1, 40)), a.loop('active', growing(30, 40)), a.loop('idle', growing(30, 40))],
        at: 30,
      },
      {
        when: 'it is during a start of five minutes',
        series: [
          a.info(always(1, 40)),
          a.loop('active', inTurn('0+30x9', '270+1x60')),
          a.loop('idle', inTurn('0+0x9', '0+29x60')),
        ],
        at: 12,
      },
    ],
  }),
  ...casesOf('EggyMemoryNearLimit', {
    labels: { memory: 'heap' },
    fires: [
      {
        when: 'the heap is at 95% of its limit',
        series: [
          a.info(always(1, 40)),
          a.tells('nodejs_heap_size_used_bytes', {}, always(950 * MB, 40)),
          a.tells('eggy_memory_limit_bytes', { memory: 'heap' }, always(1000 * MB, 40)),
        ],
        at: 20,
        summary: 'The heap memory of users on a:9090 is at 95% of its limit',
      },
    ],
    silent: [
      {
        when: 'it is at 80%',
        series: [
          a.info(always(1, 40)),
          a.tells('nodejs_heap_size_used_bytes', {}, always(800 * MB, 40)),
          a.tells('eggy_memory_limit_bytes', { memory: 'heap' }, always(1000 * MB, 40)),
        ],
        at: 20,
      },
    ],
  }),
  ...casesOf('EggyMemoryNearLimit', {
    labels: { memory: 'process' },
    fires: [
      {
        when: 'the process is at 95% of what its container allows',
        series: [
          a.info(always(1, 40)),
          a.tells('process_resident_memory_bytes', {}, always(950 * MB, 40)),
          a.tells('eggy_memory_limit_bytes', { memory: 'process' }, always(1000 * MB, 40)),
        ],
        at: 20,
        summary: 'The process memory of users on a:9090 is at 95% of its limit',
      },
    ],
    silent: [
      {
        when: 'nothing limits it',
        series: [
          a.info(always(1, 40)),
          a.tells('process_resident_memory_bytes', {}, always(9500 * MB, 40)),
          a.tells('eggy_memory_limit_bytes', { memory: 'heap' }, always(1000 * MB, 40)),
        ],
        at: 20,
      },
    ],
  }),
];
