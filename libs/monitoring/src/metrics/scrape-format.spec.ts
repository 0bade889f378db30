import { describe, expect, it } from '@jest/globals';
import { formatFor, takesGzip } from './scrape-format.js';

/** As Prometheus 2.42 and 3.5 ask. */
const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

describe('formatFor', () => {
  it.each([
    PROMETHEUS_2,
    PROMETHEUS_3,
    'application/openmetrics-text',
    'Application/OpenMetrics-Text; Version="1.0.0"; Q=0.2',
    'application/openmetrics-text;q=0.5, text/plain;q=0.5',
    'application/openmetrics-text, */*;q=1',
  ])('is OpenMetrics for %p', (accept) => {
    expect(formatFor(accept)).toBe('openmetrics');
  });

  it.each([
    undefined,
    '',
    '*/*',
    'text/plain',
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'application/openmetrics-text;q=0',
    'application/openmetrics-text;version=2.0.0',
    'application/openmetrics-text;q=0.4, text/plain;q=0.5',
    'application/openmetrics-text;q=two',
    'application/openmetrics-text;q=7',
    ',,;;=,',
  ])('is text for %p', (accept) => {
    expect(formatFor(accept)).toBe('text');
  });
});

describe('takesGzip', () => {
  it.each(['gzip', 'deflate, gzip', 'GZIP;q=0.1', 'x-gzip', '*', 'br;q=1, *;q=0.2'])('is so for %p', (accept) => {
    expect(takesGzip(accept)).toBe(true);
  });

  it.each([undefined, '', 'br', 'identity', 'gzip;q=0', 'gzip;q=0, *', '*;q=0', 'gzipped'])(
    'is not so for %p',
    (accept) => {
      expect(takesGzip(accept)).toBe(false);
    },
  );
});
