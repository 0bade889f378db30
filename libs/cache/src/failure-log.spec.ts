import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FailureLog } from './failure-log.js';

describe('FailureLog', () => {
  const lines: string[] = [];
  const failures = () =>
    new FailureLog({ warn: (line: string) => lines.push(line), log: (line: string) => lines.push(line) });

  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('says once that an outage began and once that it is over', () => {
    const log = failures();
    for (let operation = 0; operation < 1000; operation++) log.failed('get', new Error('Gone.'));
    jest.advanceTimersByTime(30_000);
    log.worked();
    log.worked();
    expect(lines).toEqual([
      'Reads are misses and writes are lost until the cache works again; `get` failed first: Gone.',
      'The cache works again after 1000 failed operations',
    ]);
    log.failed('set', new Error('Gone again.'));
    expect(lines).toHaveLength(3);
  });

  it('is silent while one of several servers fails and the others work', () => {
    const log = failures();
    for (let second = 0; second < 120; second++) {
      log.failed('get', new Error('Gone.'));
      log.worked();
      jest.advanceTimersByTime(1000);
    }
    expect(lines).toHaveLength(1);
  });

  it('is silent as long as everything works', () => {
    failures().worked();
    expect(lines).toEqual([]);
  });
});
