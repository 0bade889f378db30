import { casesOf, type RuleCase } from './rule-case.js';
import { always, growing, Instance, nothing, inTurn } from './rule-series.js';

const a = new Instance('a:9090');
const pool = { db_client_connection_pool_name: 'users' };
const waiting = (values: string) => a.tells('db_client_connection_pending_requests', pool, values);
const gaveUp = (values: string) => a.tells('db_client_connection_timeouts_total', pool, values);
const drift = (severity: string, values: string) =>
  a.tells('eggy_database_schema_drift', { severity, data_source: 'default' }, values);
const cacheServer = (values: string) => a.tells('eggy_cache_server_up', { server: 'cache:11211' }, values);
const reloads = (result: string, values: string) =>
  a.tells('eggy_config_reload_total', { source: 'directory', result }, values);
const records = (level: string, values: string) => a.tells('eggy_log_records_total', { level }, values);
const spans = (result: string, values: string) => a.tells('eggy_tracing_spans_total', { result }, values);
const leftOut = (values: string) => a.tells('eggy_monitoring_collect_errors_total', { metric: 'shop_sold' }, values);
const info = a.info(always(1, 120));

export const partCases: RuleCase[] = [
  ...casesOf('EggyDatabasePoolExhausted', {
    fires: [
      {
        when: 'requests wait for ten minutes',
        series: [info, waiting(always(3, 20)), gaveUp(always(0, 20))],
        at: 10,
        summary: 'Requests to users wait for a connection of the pool users',
      },
      { when: 'some give up all the time', series: [info, waiting(always(0, 20)), gaveUp(growing(2, 20))], at: 15 },
    ],
    silent: [
      {
        when: 'requests wait for a minute, and one gives up',
        series: [
          info,
          waiting(inTurn(always(0, 5), always(3, 1), always(0, 20))),
          gaveUp(inTurn(always(0, 5), always(1, 20))),
        ],
        at: 10,
      },
    ],
  }),
  ...casesOf('EggyDatabaseErrors', {
    fires: [
      {
        when: 'one operation in ten fails',
        series: [info, a.operations('', growing(90, 40)), a.operations('ER_NO_SUCH_TABLE', growing(10, 40))],
        at: 20,
        summary: '10% of the operations of users on default fail',
      },
    ],
    silent: [
      {
        when: 'half of them are duplicates and deadlocks',
        series: [
          info,
          a.operations('', growing(50, 40)),
          a.operations('ER_DUP_ENTRY', growing(30, 40)),
          a.operations('ER_LOCK_DEADLOCK', growing(20, 40)),
        ],
        at: 20,
      },
      {
        when: 'one in a hundred fails',
        series: [info, a.operations('', growing(99, 40)), a.operations('ER_NO_SUCH_TABLE', growing(1, 40))],
        at: 20,
      },
    ],
  }),
  ...casesOf('EggySchemaDrift', {
    fires: [
      {
        when: 'a column is too narrow',
        series: [info, drift('error', always(2, 20))],
        at: 15,
        summary: 'The schema of default is not what users needs',
      },
    ],
    silent: [
      {
        when: 'the database has more than the entities',
        series: [info, drift('error', always(0, 20)), drift('warn', always(3, 20)), drift('info', always(5, 20))],
        at: 15,
      },
    ],
  }),
  ...casesOf('EggyCacheServerDown', {
    fires: [
      {
        when: 'a server is not asked for ten minutes',
        series: [info, cacheServer(inTurn(always(1, 5), always(0, 20)))],
        at: 15,
        summary: 'users goes without its cache server cache:11211',
      },
    ],
    silent: [
      {
        when: 'it is restarted',
        series: [info, cacheServer(inTurn(always(1, 5), always(0, 2), always(1, 20)))],
        at: 7,
      },
    ],
  }),
  ...casesOf('EggyConfigReloadRefused', {
    fires: [
      {
        when: 'it is the first that is refused',
        series: [info, reloads('refused', inTurn(nothing(60), always(1, 60)))],
        at: 61,
        summary: 'users refuses its new configuration',
      },
      {
        when: 'it is the second',
        series: [info, reloads('refused', inTurn(always(1, 60), always(2, 60)))],
        at: 62,
      },
    ],
    silent: [{ when: 'reloads are applied', series: [info, reloads('applied', growing(0.5, 120))], at: 60 }],
    ends: [{ when: 'it is long ago', series: [info, reloads('refused', inTurn(nothing(10), always(1, 110)))], at: 60 }],
  }),
  ...casesOf('EggyConfigRestartRequired', {
    fires: [
      {
        when: 'nobody restarts it for more than an hour',
        series: [info, a.tells('eggy_config_restart_required', {}, always(1, 120))],
        at: 70,
        summary: 'users runs with values that have changed since its start',
      },
    ],
    silent: [
      {
        when: 'it is restarted within half an hour',
        series: [info, a.tells('eggy_config_restart_required', {}, inTurn(always(1, 30), always(0, 90)))],
        at: 70,
      },
    ],
  }),
  ...casesOf('EggyFatalRecords', {
    fires: [
      {
        when: 'there is one',
        series: [info, records('fatal', inTurn(always(0, 20), always(1, 20)))],
        at: 22,
        summary: 'users has logged a fatal error',
      },
    ],
    silent: [
      {
        when: 'there are errors',
        series: [info, records('error', growing(60, 40)), records('fatal', always(0, 40))],
        at: 22,
      },
    ],
  }),
  ...casesOf('EggyMetricsLeftOut', {
    fires: [
      {
        when: 'a metric fails with each scrape',
        series: [info, leftOut(growing(2, 40))],
        at: 30,
        summary: 'The metric shop_sold of users cannot be collected',
      },
    ],
    silent: [{ when: 'it failed once', series: [info, leftOut(inTurn(always(0, 5), always(1, 40)))], at: 24 }],
  }),
  ...casesOf('EggySpansLost', {
    fires: [
      {
        when: 'the receiver is away for half an hour',
        series: [info, spans('lost', growing(100, 60))],
        at: 40,
        summary: 'Spans of users are lost',
      },
    ],
    silent: [
      {
        when: 'it was restarted',
        series: [info, spans('sent', growing(100, 60)), spans('lost', inTurn(always(0, 20), '0 50', always(100, 38)))],
        at: 40,
      },
    ],
  }),
];
