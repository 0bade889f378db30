import type { LabelsOf, SuiteMetric } from '@eggybyte/observability';

/** A series of a rule's unit test, in promtool's notation of values. */
export interface InputSeries {
  series: string;
  values: string;
}

type Stored = SuiteMetric | `${SuiteMetric}_count` | `${SuiteMetric}_bucket`;
type Plain = 'up' | 'process_start_time_seconds' | 'process_resident_memory_bytes' | 'nodejs_heap_size_used_bytes';
type MetricOf<N> = N extends SuiteMetric
  ? N
  : N extends `${infer M}_count` | `${infer M}_bucket`
    ? Extract<M, SuiteMetric>
    : never;
/** With that of the buckets; and all of them, as who leaves one out tests another series. */
type Labels<N> = Record<N extends Plain ? never : LabelsOf<MetricOf<N>>, string> &
  (N extends `${string}_bucket` ? { le: string } : unknown);

/** How often the unit tests scrape and evaluate. */
export const INTERVAL = '30s';
const PER_MINUTE = 2;

/** One instance of a service that is scraped. */
export class Instance {
  constructor(
    readonly name = 'a:9090',
    private readonly target: Record<string, string> = { job: 'pods' },
  ) {}

  /** @param values in promtool's notation, one for each half minute: `1x10` is 1 for five minutes and a half */
  tells<N extends Stored | Plain>(name: N, labels: Labels<N>, values: string): InputSeries {
    const all = { instance: this.name, ...labels, ...this.target };
    const text = Object.entries(all).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return { series: `${name}{${text.join(',')}}`, values };
  }

  info(values: string, version = '1.0.0', service = 'users'): InputSeries {
    return this.tells('eggy_app_info', { service, version, environment: 'production', node: 'v24' }, values);
  }

  state(state: string, values: string): InputSeries {
    return this.tells('eggy_app_state', { state }, values);
  }

  /** Answered requests. */
  requests(status: string, values: string, route = '/users'): InputSeries {
    const labels = { http_request_method: 'GET', http_route: route, http_response_status_code: status };
    return this.tells('http_server_request_duration_seconds_count', labels, values);
  }

  /** Requests that took at most this long, in seconds. */
  within(le: string, values: string): InputSeries {
    const labels = { http_request_method: 'GET', http_route: '/users', http_response_status_code: '200', le };
    return this.tells('http_server_request_duration_seconds_bucket', labels, values);
  }

  check(critical: boolean, values: string, check = 'database'): InputSeries {
    return this.tells('eggy_health_check_up', { check, critical: String(critical) }, values);
  }

  operations(error: string, values: string): InputSeries {
    const labels = { db_system_name: 'mysql', data_source: 'default', db_operation_name: 'SELECT', error_type: error };
    return this.tells('db_client_operation_duration_seconds_count', labels, values);
  }

  loop(state: 'active' | 'idle', values: string): InputSeries {
    return this.tells('nodejs_eventloop_time_seconds_total', { nodejs_eventloop_state: state }, values);
  }
}

/** The same value, or the same growth from 0, for this many minutes. */
export const always = (value: number, minutes: number): string => `${value}x${minutes * PER_MINUTE - 1}`;
export const growing = (perMinute: number, minutes: number): string =>
  `0+${perMinute / PER_MINUTE}x${minutes * PER_MINUTE - 1}`;
/** Nothing for this many minutes. */
export const nothing = (minutes: number): string => `_x${minutes * PER_MINUTE}`;
/** One after the other. */
export const inTurn = (...values: string[]): string => values.join(' ');
