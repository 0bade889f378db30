import { describe, expect, it } from '@jest/globals';
import { EggyError } from '@eggybyte/errors';
import { failureOf } from './failure-reason.js';

const coded = (code: string) => Object.assign(new Error('no'), { code });

class BusyError extends EggyError {
  constructor() {
    super('EGGY_QUEUE_SATURATED', { what: 'The queue takes no more', fix: 'wait' });
  }
}

describe('failureOf', () => {
  it.each([
    ['timeout', coded('ETIMEDOUT')],
    ['timeout', coded('UND_ERR_CONNECT_TIMEOUT')],
    ['timeout', coded('PROTOCOL_SEQUENCE_TIMEOUT')],
    ['timeout', new DOMException('late', 'TimeoutError')],
    ['refused', coded('ECONNREFUSED')],
    ['refused', coded('ENOTFOUND')],
    ['refused', coded('PROTOCOL_CONNECTION_LOST')],
    ['refused', new TypeError('fetch failed', { cause: coded('ECONNREFUSED') })],
    ['refused', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])],
    ['auth', coded('ER_ACCESS_DENIED_ERROR')],
    ['auth', coded('ER_DBACCESS_DENIED_ERROR')],
    ['auth', Object.assign(new Error('no'), { status: 401 })],
    ['auth', Object.assign(new Error('no'), { statusCode: 403 })],
    ['saturated', coded('ER_CON_COUNT_ERROR')],
    ['saturated', Object.assign(new Error('no'), { status: 429 })],
    ['saturated', new BusyError()],
    ['failed', coded('ER_NO_SUCH_TABLE')],
    ['failed', new Error('timeout? refused? no class is made of words')],
    ['failed', 'text'],
    ['failed', undefined],
    ['failed', Object.create(null)],
  ])('calls it %s', (reason, error) => {
    expect(failureOf(error).reason).toBe(reason);
  });

  it('tells every message of the chain once', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:80'), { code: 'ECONNREFUSED' });
    const error = new TypeError('fetch failed', { cause: new AggregateError([refused, refused]) });
    expect(failureOf(error).detail).toBe('fetch failed: connect ECONNREFUSED ::1:80');
  });

  it('tells no secret, in one short line', () => {
    const detail = failureOf(new Error('mysql://root:s3cr3t@db:3306/shop\r\nrefused'.padEnd(10_000, 'x'))).detail;
    expect(detail).not.toContain('s3cr3t');
    expect(detail).toMatch(/^mysql:\/\/root:\[REDACTED\]@db:3306\/shop refused/);
    expect(detail.length).toBeLessThan(600);
  });
});
