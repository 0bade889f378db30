import { createRequestContext, Metrics, runInContext } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PinoAccessLog } from './pino-access-log.js';
import { measureLogger } from './record-watch.js';
import { createRootLogger, flushLogger, type RootLogger } from './root-logger.js';

let lines: Record<string, unknown>[];
let root: RootLogger;
beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  root = createRootLogger({ service: 'test', environment: 'test', version: '1', destination });
});
afterEach(() => {
  jest.useRealTimers();
});
const told = (): Record<string, unknown>[] => lines.splice(0);

describe('a warning or an error that comes again and again', () => {
  it('is written a hundred times a second, and then counted', () => {
    for (let n = 0; n < 250; n++) root.error({ n }, 'the queue is full');
    for (let n = 0; n < 120; n++) root.child({ part: n }).warn('slow');
    root.error('something else');
    expect(told().map(({ msg }) => msg)).toEqual([
      ...Array.from({ length: 100 }, () => 'the queue is full'),
      ...Array.from({ length: 100 }, () => 'slow'),
      'something else',
    ]);
    jest.advanceTimersByTime(1000);
    expect(told()).toEqual([
      expect.objectContaining({ level: 'warn', of_level: 'error', text: 'the queue is full', count: 150 }),
      expect.objectContaining({ level: 'warn', of_level: 'warn', text: 'slow', count: 20 }),
    ]);
    root.error('the queue is full');
    expect(told()).toHaveLength(1);
  });

  it('is counted for no request, although one was the first', () => {
    runInContext({ 'x-request-id': 'first' }, () => {
      for (let n = 0; n < 150; n++) root.error('the queue is full');
      flushLogger(root);
    });
    const record = told().at(-1);
    expect(record).toMatchObject({ count: 50 });
    expect(record).not.toHaveProperty('request_id');
  });

  it('is told apart by its text, also where it is an error or a field', () => {
    for (let n = 0; n < 150; n++) {
      root.error(new Error('one'));
      root.error({ msg: 'two' });
      root.error({ n }, 'three');
    }
    expect(told()).toHaveLength(300);
  });

  it('is no access record: there is one for each request', () => {
    const access = new PinoAccessLog(root);
    const record = { method: 'GET', route: '/', path: '/', status: 503, durationMs: 1 };
    for (let n = 0; n < 500; n++) access.write(record, createRequestContext({}));
    expect(told()).toHaveLength(500);
  });

  it('is not information, which is never left out', () => {
    for (let n = 0; n < 500; n++) root.info('again');
    expect(told()).toHaveLength(500);
  });

  it('keeps no more than a thousand texts', () => {
    for (let n = 0; n < 3000; n++) root.error(`number ${n}`);
    expect(told()).toHaveLength(3000);
  });
});

describe('eggy_log_records_total', () => {
  it('counts records by level, those that are left out too, and none that is below the level', async () => {
    const metrics = new Metrics();
    measureLogger(root, metrics);
    root.debug('quiet');
    root.info('one');
    for (let n = 0; n < 130; n++) root.error('again');
    const text = await metrics.registry.metrics();

    expect(text).toContain('eggy_log_records_total{level="info"} 1\n');
    expect(text).toContain('eggy_log_records_total{level="error"} 130\n');
    expect(text).toContain('eggy_log_records_total{level="debug"} 0\n');
  });
});
