import { describe, expect, it } from '@jest/globals';
import { EggyError } from '@eggybyte/errors';
import { InitializerFailedError, RequestsCutError, ServiceFailedError, StepTimeoutError } from './lifecycle.errors.js';

class LidError extends EggyError {
  constructor() {
    super('EGGY_TEST_LID', { what: 'The lid is stuck', why: 'it is frozen', fix: 'thaw it' });
  }
}

describe('lifecycle errors', () => {
  it('tell the cause of a failed part, and keep it', () => {
    const cause = new Error('connection refused');
    const error = new InitializerFailedError('SearchIndex', cause);

    expect(error.message).toBe(
      'Initializer `SearchIndex` failed: connection refused. Fix: see the cause, in `SearchIndex`.',
    );
    expect(error.cause).toBe(cause);
    expect(new ServiceFailedError('Orders', 'crashed', 'a text').message).toContain(
      'Service `Orders` crashed: a text.',
    );
  });

  it('say what to do in the words of a cause that knows it', () => {
    const cause = new Error('wrapped', { cause: new LidError() });

    expect(new InitializerFailedError('Kitchen', cause).message).toBe(
      'Initializer `Kitchen` failed: The lid is stuck: it is frozen. Fix: thaw it.',
    );
    expect(new ServiceFailedError('Kitchen', 'failed to start', cause).message).toBe(
      'Service `Kitchen` failed to start: The lid is stuck: it is frozen. Fix: thaw it.',
    );
  });

  it('name what was late or cut', () => {
    const late = { step: 'Service `Orders`', verb: 'stop', timeoutMs: 5000, fix: 'let it honour its signal' } as const;
    expect(new StepTimeoutError(late).message).toBe(
      'Service `Orders` did not stop within 5000 ms. Fix: let it honour its signal.',
    );
    expect(new StepTimeoutError(late, ['job 7', 'job 8']).what).toBe(
      'Service `Orders` did not stop within 5000 ms (waiting on job 7, job 8)',
    );
    const cut = Array.from({ length: 7 }, (_, at) => `GET /${at}`);
    expect(new RequestsCutError(cut.slice(0, 1), 15_000).message).toMatch(
      /^1 request\(s\) were cut after 15000 ms of draining: GET \/0\. Fix: /,
    );
    expect(new RequestsCutError(cut, 10).why).toBe('GET /0, GET /1, GET /2, GET /3, GET /4 and 2 more');
  });
});
