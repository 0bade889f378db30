import { compare, fold, times } from '../../promql/operations.js';
import { not, Sources } from '../../promql/sources.js';
import type { ResolvedServiceGoals } from '../../service-goals.js';
import { by, named, type PanelSpec, type RowSpec } from '../panel.js';
import { FAILED, quantileBy, rateBy, shareOf, shown } from '../shown.js';

const REQUESTS = 'http_server_request_duration_seconds';
const DATABASE = 'db_client_operation_duration_seconds';
const BAD_ABOVE_0 = ['green', [1, 'red']] as const;

/** Is it my service, since when, and which part of it. */
export function glanceRow(goals: ResolvedServiceGoals): RowSpec {
  return { title: 'At a glance', panels: [...whatRuns, ...howItDoes(goals)] };
}

const whatRuns: readonly PanelSpec[] = [
  {
    kind: 'names',
    title: 'Alerts',
    description:
      'What is firing for this service, by alert and severity; empty as well where the rules are not loaded. Begin here: the description of an alert says what to do first.',
    unit: 'none',
    width: 6,
    empty: 'none',
    thresholds: ['red'],
    queries: [
      by(
        fold('count', new Sources().plain('ALERTS', { alertstate: 'firing', service: '$service' }), [
          'alertname',
          'severity',
        ]),
        'alertname',
        'severity',
      ),
    ],
  },
  {
    kind: 'names',
    title: 'State',
    description:
      'Instances by the state they are in. Anything but ready for longer than a start or a stop takes is a fault: look at the start-up phases and at the log of that instance.',
    unit: 'none',
    width: 6,
    thresholds: ['orange'],
    colors: { ready: 'green', broken: 'red', stopped: 'gray' },
    queries: [by(compare(fold('sum', shown.plain('eggy_app_state'), ['state']), '>', 0), 'state')],
  },
  {
    kind: 'value',
    title: 'Ready',
    description:
      'Instances that are ready. Fewer than there should be: see which are missing in the State panel, and what the platform says about them.',
    unit: 'none',
    width: 3,
    thresholds: ['red', [1, 'green']],
    queries: [named('ready', fold('sum', shown.plain('eggy_app_state', { state: 'ready' })))],
  },
  {
    kind: 'value',
    title: 'Last start',
    description:
      'When the youngest instance was started. A trouble that began at the same time came with it: compare versions, and roll back.',
    unit: 'dateTimeFromNow',
    width: 4,
    queries: [named('started', times(fold('max', shown.plain('process_start_time_seconds')), 1000))],
  },
  {
    kind: 'names',
    title: 'Version',
    description: 'Instances by version. Two for longer than a rollout takes mean that it is stuck.',
    unit: 'none',
    width: 5,
    queries: [by(fold('count', shown.plain('eggy_app_info'), ['version']), 'version')],
  },
];

function howItDoes({ errorBudget, latencySeconds }: ResolvedServiceGoals): readonly PanelSpec[] {
  return [
    {
      kind: 'value',
      title: 'Requests',
      description:
        'Answered HTTP requests a second. None at a time when there should be some: nothing gets here, so look at what is in front of the service.',
      unit: 'reqps',
      width: 4,
      queries: [named('requests', rateBy(shown.count(REQUESTS)))],
    },
    {
      kind: 'value',
      title: 'Errors',
      description:
        'Share of requests that were answered with a 5xx. Red is above what the goal allows: see below which route it is, and whether database, cache or another service fails with it.',
      unit: 'percentunit',
      width: 4,
      thresholds: ['green', [errorBudget, 'red']],
      queries: [
        named('errors', shareOf(shown.count(REQUESTS, { http_response_status_code: FAILED }), shown.count(REQUESTS))),
      ],
    },
    {
      kind: 'value',
      title: 'Latency p99',
      description:
        'Time within which 99 of 100 requests are answered. Red is above the goal: compare with the latency of database, cache and outgoing requests, and with the event loop.',
      unit: 's',
      width: 4,
      thresholds: ['green', [latencySeconds, 'red']],
      queries: [named('p99', quantileBy(0.99, shown.buckets(REQUESTS)))],
    },
    {
      kind: 'value',
      title: 'Checks down',
      description:
        'Health checks that are down, counted for each instance. Above 0: see below which one, since when and for which reason.',
      unit: 'none',
      width: 4,
      thresholds: BAD_ABOVE_0,
      queries: [named('down', fold('sum', compare(shown.plain('eggy_health_check_up'), '== bool', 0)))],
    },
    {
      kind: 'value',
      title: 'Database errors',
      description:
        'Share of database operations that failed, refused duplicates included; empty without a database. Red: see below for their type.',
      unit: 'percentunit',
      width: 4,
      empty: 'none',
      thresholds: ['green', [0.05, 'red']],
      queries: [named('errors', shareOf(shown.count(DATABASE, { error_type: not('') }), shown.count(DATABASE)))],
    },
    {
      kind: 'value',
      title: 'Cache servers down',
      description:
        'Cache servers that are not asked as they do not answer, counted for each instance; empty without one. The service goes on, slower and with more load on its database.',
      unit: 'none',
      width: 4,
      empty: 'none',
      thresholds: BAD_ABOVE_0,
      queries: [named('down', fold('sum', compare(shown.plain('eggy_cache_server_up'), '== bool', 0)))],
    },
  ];
}
