import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { PinoAccessLog } from './pino-access-log.js';
import { createRootLogger } from './root-logger.js';
import { WarningsEndpoint } from './warnings-endpoint.js';

const service = { service: 'shop', environment: 'test', version: '1.0.0' };

function logging() {
  const lines: string[] = [];
  const root = createRootLogger({
    ...service,
    level: 'trace',
    destination: { write: (line) => void lines.push(line) },
  });
  const messages = (): unknown[] => new WarningsEndpoint(root).report().records.map(({ msg }) => msg);
  return { root, lines, messages, endpoint: new WarningsEndpoint(root) };
}

describe('WarningsEndpoint', () => {
  it('tells warnings, errors and fatal records, the latest first, as they stand in the log', () => {
    const { root, lines, endpoint } = logging();

    root.warn({ password: 'hunter2', order: 7 }, 'first');
    root.info('no warning');
    root.child({ context: 'Orders' }).error(new Error('mysql://shop:hunter2@db failed'));
    root.debug('none either');
    root.fatal('last');

    const { records } = endpoint.report();
    expect(records.map(({ level, msg }) => [level, msg])).toEqual([
      ['fatal', 'last'],
      ['error', 'mysql://shop:[REDACTED]@db failed'],
      ['warn', 'first'],
    ]);
    expect(records.at(-1)).toEqual(JSON.parse(lines[0] ?? ''));
    expect(JSON.stringify(endpoint.handle())).not.toContain('hunter2');
  });

  it('tells the access records of failed requests, which are written past the logger', () => {
    const { root, endpoint } = logging();
    const access = new PinoAccessLog(root);
    const request = { method: 'GET', route: '/a', path: '/a', durationMs: 1, bytes: 2, aborted: false };

    access.write({ ...request, status: 200 }, { requestId: 'r1', fields: {} } as never);
    access.write({ ...request, status: 502 }, { requestId: 'r2', fields: {} } as never);

    expect(endpoint.report().records).toEqual([
      expect.objectContaining({ level: 'error', status: 502, request_id: 'r2', context: 'AccessLog' }),
    ]);
  });

  it('keeps the last 50, and of a long one only who wrote it and its message', () => {
    const { root, messages, endpoint } = logging();

    for (let n = 0; n < 60; n++) root.warn({ context: `C${n}` }, `warning ${n}`);
    root.error({ context: 'Orders', list: Array.from({ length: 60 }, () => 'x'.repeat(400)) }, 'long');

    expect(messages()).toHaveLength(50);
    expect(messages().slice(0, 2)).toEqual(['long', 'warning 59']);
    const [long] = endpoint.report().records;
    expect(long).toMatchObject({ level: 'error', context: 'Orders', cut_from: expect.any(Number) });
    expect(long).not.toHaveProperty('list');
  });

  it('leaves out what the log leaves out: levels that are off, and floods', () => {
    const { root, messages } = logging();

    root.level = 'error';
    root.warn('off');
    root.level = 'info';
    for (let n = 0; n < 5000; n++) root.warn('again and again');
    root.info('after it');

    expect(messages()).toHaveLength(50);
    expect(new Set(messages())).toEqual(new Set(['again and again']));
  });

  it('knows nothing of a logger of somebody else', () => {
    expect(new WarningsEndpoint(pino({ level: 'silent' }) as never).report()).toEqual({ records: [] });
  });
});
