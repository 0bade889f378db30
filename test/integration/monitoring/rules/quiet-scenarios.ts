import { always, growing, type InputSeries, Instance, nothing, inTurn } from './rule-series.js';

/** What happens to a service all the time, and is no reason to tell anybody. */
export interface Scenario {
  name: string;
  series: InputSeries[];
  minutes: number;
}

const a = new Instance('a:9090');
const b = new Instance('b:9090');
const c = new Instance('c:9090');
const HOUR = 60;
const MB = 2 ** 20;

/** An instance with everything, that does well for so many minutes, from some minute on. */
function well(instance: Instance, minutes: number, from = 0, version = '1.0.0'): InputSeries[] {
  const later = (values: string) => inTurn(...(from > 0 ? [nothing(from)] : []), values, 'stale');
  const still = (value: number) => later(always(value, minutes));
  const more = (perMinute: number) => later(growing(perMinute, minutes));
  return [
    instance.tells('up', {}, still(1)),
    instance.info(still(1), version),
    instance.tells('process_start_time_seconds', {}, still(1000 + from)),
    instance.state('ready', still(1)),
    ...['starting', 'draining', 'stopping', 'broken'].map((state) => instance.state(state, still(0))),
    instance.check(true, still(1)),
    instance.check(false, still(1), 'cache'),
    instance.loop('active', more(12)),
    instance.loop('idle', more(48)),
    instance.tells('nodejs_heap_size_used_bytes', {}, still(90 * MB)),
    instance.tells('process_resident_memory_bytes', {}, still(200 * MB)),
    instance.tells('eggy_memory_limit_bytes', { memory: 'heap' }, still(1000 * MB)),
    instance.tells('eggy_memory_limit_bytes', { memory: 'process' }, still(1500 * MB)),
    instance.operations('', more(900)),
    instance.operations('ER_DUP_ENTRY', more(3)),
    instance.tells('db_client_connection_pending_requests', { db_client_connection_pool_name: 'users' }, still(0)),
    instance.tells('db_client_connection_timeouts_total', { db_client_connection_pool_name: 'users' }, still(0)),
    instance.tells('eggy_database_schema_drift', { severity: 'error', data_source: 'default' }, still(0)),
    instance.tells('eggy_cache_server_up', { server: 'cache:11211' }, still(1)),
    instance.tells('eggy_config_restart_required', {}, still(0)),
    instance.tells('eggy_log_records_total', { level: 'fatal' }, still(0)),
    instance.tells('eggy_tracing_spans_total', { result: 'sent' }, more(500)),
  ];
}

const served = (instance: Instance, minutes: number, from = 0): InputSeries[] => {
  const later = (perMinute: number) =>
    inTurn(...(from > 0 ? [nothing(from)] : []), growing(perMinute, minutes), 'stale');
  const counts = [instance.requests('200', later(600)), instance.requests('404', later(20))];
  const buckets = ['0.1', '1', '+Inf'].map((le) => instance.within(le, later(600)));
  return [...counts, ...buckets];
};

/** Its state from the minute on, each half minute one. */
const passing = (instance: Instance, from: number, states: Readonly<Record<string, string>>): InputSeries[] =>
  Object.entries(states).map(([state, values]) => instance.state(state, inTurn(nothing(from), values, 'stale')));

export const quietScenarios: Scenario[] = [
  {
    name: 'works, with some failures within its goal',
    minutes: HOUR,
    series: [...well(a, HOUR), ...served(a, HOUR), a.requests('500', growing(0.4, HOUR), '/reports')],
  },
  { name: 'has no requests at all', minutes: HOUR, series: well(a, HOUR) },
  {
    name: 'has no requests any more',
    minutes: HOUR,
    series: [
      ...well(a, HOUR),
      a.requests('200', inTurn('0+300x59', always(17_700, 30))),
      a.requests('500', inTurn('0 1 1', always(1, 58))),
    ],
  },
  {
    name: 'is started for the first time, slowly, and its first two requests fail',
    minutes: HOUR,
    series: [
      a.tells('up', {}, always(1, HOUR)),
      a.info(always(1, HOUR)),
      a.tells('process_start_time_seconds', {}, always(1000, HOUR)),
      a.state('starting', inTurn(always(1, 4), always(0, 56))),
      a.state('ready', inTurn(always(0, 4), always(1, 56))),
      a.check(true, inTurn(nothing(4), always(1, 56))),
      a.loop('active', inTurn('0+30x7', '210+3x110')),
      a.loop('idle', inTurn('0+0x7', '0+27x110')),
      a.requests('500', inTurn(nothing(4), '0 2', always(2, 55))),
      a.requests('200', inTurn(nothing(5), growing(10, 55))),
    ],
  },
  {
    name: 'is replaced instance by instance',
    minutes: HOUR,
    series: [
      ...well(a, 20),
      ...served(a, 20),
      ...well(b, 21),
      ...served(b, 21),
      ...passing(c, 19, { starting: inTurn(always(1, 1)), ready: inTurn(always(0, 1)) }),
      ...well(c, 38, 20, '1.1.0').filter(({ series }) => !series.includes('eggy_app_state')),
      ...served(c, 38, 20),
      ...well(new Instance('d:9090'), 38, 21, '1.1.0'),
      ...served(new Instance('d:9090'), 38, 21),
    ],
  },
  {
    name: 'is restarted where it is, with another version, and is away for a minute and a half',
    minutes: HOUR,
    series: [
      a.tells('up', {}, inTurn(always(1, 20), always(0, 1.5), always(1, 38))),
      a.info(inTurn(always(1, 20), 'stale')),
      a.info(inTurn(nothing(21.5), always(1, 38)), '1.1.0'),
      a.tells('process_start_time_seconds', {}, inTurn(always(1000, 20), 'stale', nothing(1), always(2290, 38))),
      a.state('draining', inTurn(always(0, 19.5), always(1, 0.5), 'stale', nothing(1), always(0, 38))),
      a.state('starting', inTurn(always(0, 20), 'stale', nothing(1), always(1, 1), always(0, 37))),
      a.requests('200', inTurn(growing(600, 20), 'stale', nothing(1), growing(600, 38))),
      a.operations('', inTurn(growing(600, 20), 'stale', nothing(1), growing(600, 38))),
    ],
  },
  {
    name: 'is a worker without HTTP, database and cache',
    minutes: HOUR,
    series: [
      a.tells('up', {}, always(1, HOUR)),
      a.info(always(1, HOUR)),
      a.state('ready', always(1, HOUR)),
      a.loop('active', growing(6, HOUR)),
      a.loop('idle', growing(54, HOUR)),
      a.tells('eggy_log_records_total', { level: 'fatal' }, always(0, HOUR)),
    ],
  },
];
