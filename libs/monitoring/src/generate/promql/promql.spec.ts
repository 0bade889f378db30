import { describe, expect, it } from '@jest/globals';
import { and, compare, fold, or, over, quantile, ratio, times, unless } from './operations.js';
import { like, not, Sources, unlike } from './sources.js';

const all = new Sources();
const some = new Sources({ job: like('$job') });
const REQUESTS = 'http_server_request_duration_seconds';

describe('Sources', () => {
  it('name counters, gauges and the parts of histograms', () => {
    expect(all.plain('eggy_app_info').text).toBe('eggy_app_info');
    expect(all.count(REQUESTS).text).toBe(`${REQUESTS}_count`);
    expect(all.sum(REQUESTS).text).toBe(`${REQUESTS}_sum`);
    expect(all.buckets(REQUESTS).text).toBe(`${REQUESTS}_bucket`);
  });

  it('select by what labels are, after the targets that they are of', () => {
    const where = { http_route: 'a"b\\c', http_request_method: not('GET'), http_response_status_code: unlike('5..') };

    expect(some.count(REQUESTS, where).text).toBe(
      `${REQUESTS}_count{job=~"$job",http_route="a\\"b\\\\c",http_request_method!="GET",http_response_status_code!~"5.."}`,
    );
  });

  it('compile with names and labels of the catalogue only', () => {
    // @ts-expect-error There is no such metric.
    all.plain('eggy_app_inf');
    // @ts-expect-error It has no such label.
    all.plain('eggy_app_info', { route: '/' });
    // @ts-expect-error A histogram has no series of its own.
    all.plain(REQUESTS);
    // @ts-expect-error A counter has no buckets.
    all.buckets('eggy_log_records_total');
    // @ts-expect-error It has no such label to group by.
    expect(fold('sum', all.plain('eggy_app_state'), ['route']).text).toContain('route');
    // @ts-expect-error Without its buckets there is no quantile.
    expect(quantile(0.5, fold('sum', all.buckets(REQUESTS), ['http_route'])).text).toContain('0.5');
  });
});

describe('operations', () => {
  const ready = all.plain('eggy_app_state', { state: 'ready' });
  const up = all.plain('up');

  it('are written as PromQL', () => {
    expect(over('rate', ready, '5m').text).toBe('rate(eggy_app_state{state="ready"}[5m])');
    expect(fold('count', up).text).toBe('count(up)');
    expect(fold('max', up, ['job', 'instance']).text).toBe('max by (job, instance) (up)');
    expect(ready.offset('1h').text).toBe('eggy_app_state{state="ready"} offset 1h');
    expect(ratio(up, up).text).toBe('up / (up > 0)');
    expect(unless(up, up, ['job']).text).toBe('up\nunless on (job) up');
  });

  it('keep together what belongs together', () => {
    expect(times(compare(up, '==', 0), 2).text).toBe('(up == 0) * 2');
    expect(and(or(up, up), compare(up, '>', 0)).text).toBe('(\n  up\n  or up\n)\nand (up > 0)');
    expect(fold('sum', times(up, 2)).text).toBe('sum(up * 2)');
  });
});
