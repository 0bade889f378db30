import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccessRecord, createRequestContext, runInContext } from '@eggybyte/observability';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { BatchedOutput } from './batched-output.js';
import { PinoAccessLog } from './pino-access-log.js';
import { createRootLogger, type RootLogger } from './root-logger.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** As standard output is, to a file; it knows how many lines came as texts, as they do from pino. */
class FileOutput extends BatchedOutput {
  texts = 0;

  constructor(private readonly file: number) {
    super(file);
  }

  override write(line: string): void {
    this.texts++;
    super.write(line);
  }

  /** What was written since the last time. */
  take(): string[] {
    this.flushSync();
    const text = readFileSync(outFile, 'utf8');
    ftruncateSync(this.file);
    return text.split('\n').slice(0, -1);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'access-log-'));
const outFile = join(folder, 'out');
let file: number;
let output: FileOutput;
let root: RootLogger;

beforeAll(() => {
  file = openSync(outFile, 'a');
});
afterAll(() => {
  closeSync(file);
  rmSync(folder, { recursive: true });
});

const begin = (): void => {
  output = new FileOutput(file);
  root = createRootLogger({ service: 'shop "1"', environment: 'tést', version: '1\\2', destination: output });
};
beforeEach(begin);

/** What pino writes of the same fields, without the time. */
function byPino({ status, durationMs, aborted, ...record }: AccessRecord, headers: Record<string, string>): string {
  const { method, route, path, bytes } = record;
  const duration = Math.round(durationMs * 1000) / 1000;
  const level = status >= 500 ? 'error' : 'info';
  runInContext(headers, () => {
    const fields = { method, route, path, status, duration_ms: duration, bytes, aborted };
    root.child({ context: 'AccessLog' })[level](fields, 'request');
  });
  return withoutTime(output.take().at(-1) ?? '');
}

const withoutTime = (line: string): string =>
  line.replace(/,"time":"[^"]*"/, '').replace(/"span_id":"[^"]*"/, '"span_id":"…"');

function written(record: AccessRecord, headers: Record<string, string>): string {
  new PinoAccessLog(root).write(record, createRequestContext(headers));
  const lines = output.take();
  expect(lines).toHaveLength(1);
  return withoutTime(lines[0] ?? '');
}

describe('an access record', () => {
  const record = fc.record(
    {
      method: fc.constantFrom('GET', 'POST', '', 'M-SEARCH'),
      route: fc.oneof(fc.constantFrom('/users/:id', 'unmatched', '*'), fc.string()),
      path: fc.oneof(fc.webPath(), fc.string(), fc.string({ unit: 'binary' })),
      status: fc.integer({ min: 100, max: 599 }),
      durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      bytes: fc.oneof(fc.nat(), fc.constant(undefined), fc.constant(Number.NaN)),
      aborted: fc.constant(true),
    },
    { requiredKeys: ['method', 'route', 'path', 'status', 'durationMs'] },
  );
  const headers = fc.constantFrom({ 'x-request-id': 'r1' }, { 'x-request-id': 'r.2_', traceparent: TRACEPARENT });

  it('is to the letter what pino would write, whatever is in it', () => {
    fc.assert(
      fc.property(record, headers, (given, sent) => {
        // Of pino's own records those that come too often are left out.
        begin();
        expect(written(given, sent)).toBe(byPino(given, sent));
      }),
      { numRuns: 500 },
    );
  });

  it('is written past pino if there is nothing special about it', () => {
    const usual = { method: 'GET', route: '/users/:id', path: '/users/7', status: 200, durationMs: 1.25, bytes: 12 };
    for (const status of [200, 404, 499]) written({ ...usual, status }, {});
    expect(output.texts).toBe(0);

    const special = [
      { path: '/"' },
      { path: `/${'a'.repeat(512)}` },
      { durationMs: 1e9 },
      { bytes: 1.5 },
      { bytes: 1e9 },
    ];
    for (const each of special) written({ ...usual, ...each }, {});
    expect(output.texts).toBe(special.length);
  });

  it('tells the time at which it was written', () => {
    const log = new PinoAccessLog(root);
    const before = Date.now();
    const times = Array.from({ length: 3000 }, () => {
      log.write({ method: 'GET', route: '/', path: '/', status: 200, durationMs: 1 }, createRequestContext({}));
      return Date.now();
    });
    const told = output.take().map((line) => Date.parse((JSON.parse(line) as { time: string }).time));

    expect(told).toHaveLength(times.length);
    expect(told.filter((time, at) => time > (times[at] as number) || time < (times[at - 1] ?? before))).toEqual([]);
  });

  it('has the fields that were assigned to its request', () => {
    const context = createRequestContext({});
    context.fields['user'] = 7;
    new PinoAccessLog(root).write({ method: 'GET', route: '/', path: '/', status: 200, durationMs: 1 }, context);
    expect(JSON.parse(output.take()[0] ?? '')).toMatchObject({ user: 7, path: '/', request_id: context.requestId });
  });

  it('keeps credentials out', () => {
    for (const path of ['/reset/token=s3cr3t', '/a/mysql://u:s3cr3t@h/db', '/bearer s3cr3t1234'])
      expect(written({ method: 'GET', route: '*', path, status: 200, durationMs: 1 }, {})).not.toContain('s3cr3t');
  });

  it('is written at its level only', () => {
    root.level = 'error';
    const log = new PinoAccessLog(root);
    for (const status of [200, 404, 500])
      log.write({ method: 'GET', route: '/', path: '/', status, durationMs: 1 }, createRequestContext({}));
    expect(output.take().map((line) => (JSON.parse(line) as { status: number }).status)).toEqual([500]);
  });
});
