import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Histogram, Metrics, suiteHistogram } from '@eggybyte/observability';
import { MetricReader } from './metric-reader.js';
import { readRoutes, together } from './route-totals.js';
import { RouteWindow } from './route-window.js';

const SECOND = 1000;
let reader: MetricReader;
let histogram: Histogram<'http_request_method' | 'http_route' | 'http_response_status_code'>;
beforeEach(() => {
  const metrics = new Metrics();
  reader = new MetricReader(metrics);
  histogram = suiteHistogram(metrics, 'http_server_request_duration_seconds');
});

function answered(route: string, { times = 1, status = 200, seconds = 0.02, method = 'GET' } = {}): void {
  const labels = { http_request_method: method, http_route: route, http_response_status_code: String(status) };
  for (let n = 0; n < times; n++) histogram.observe(labels, seconds);
}

describe('RouteWindow', () => {
  it('tells the requests of each route and method, of every status, since the start at first', () => {
    const window = new RouteWindow(0);
    answered('/users', { times: 90 });
    answered('/users', { times: 10, status: 503, seconds: 3 });
    answered('/users', { method: 'POST' });
    answered('unmatched', { times: 5, status: 404 });
    window.add(10 * SECOND, readRoutes(reader));

    const { window_s: windowS, rows, left_out: leftOut } = window.table();
    expect([windowS, leftOut]).toEqual([10, 0]);
    expect(rows.map(({ method, route, requests, errors }) => [method, route, requests, errors])).toEqual([
      ['GET', '/users', 100, 10],
      ['GET', 'unmatched', 5, 0],
      ['POST', '/users', 1, 0],
    ]);
    expect(rows[0]).toMatchObject({ per_second: 10, p50_ms: expect.closeTo(18.33), p99_ms: expect.closeTo(4750) });
  });

  it('forgets what is longer ago than five minutes', () => {
    const window = new RouteWindow(0);
    answered('/old', { times: 1000 });
    for (let at = 5; at <= 600; at += 5) {
      answered('/new');
      window.add(at * SECOND, readRoutes(reader));
    }

    const { window_s: windowS, rows } = window.table();
    expect(windowS).toBe(300);
    expect(rows).toEqual([expect.objectContaining({ route: '/new', requests: 60, per_second: 0.2 })]);
  });

  it('begins anew with a metric that was reset', () => {
    const window = new RouteWindow(0);
    answered('/users', { times: 100 });
    window.add(20 * SECOND, readRoutes(reader));
    histogram.reset();
    answered('/users', { times: 3 });
    window.add(400 * SECOND, readRoutes(reader));

    expect(window.table().rows).toEqual([expect.objectContaining({ requests: 3 })]);
  });

  it('tells the hundred with the most requests, and how many it leaves out', () => {
    const window = new RouteWindow(0);
    for (let n = 1; n <= 120; n++) answered(`/r${n}`, { times: n });
    window.add(10 * SECOND, readRoutes(reader));

    const { rows, left_out: leftOut } = window.table();
    expect([rows.length, leftOut]).toEqual([100, 20]);
    expect([rows[0]?.route, rows.at(-1)?.route]).toEqual(['/r120', '/r21']);
  });

  it('is empty without a request, and without the metric', () => {
    expect(new RouteWindow(0).table()).toEqual({ window_s: 0, rows: [], left_out: 0 });
    expect(readRoutes(new MetricReader(new Metrics())).size).toBe(0);
    expect(together([])).toMatchObject({ requests: 0, errors: 0 });
  });
});
