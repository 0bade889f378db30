import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { requestContext, runInContext } from '@eggybyte/observability';
import { HeldConnections } from './held-connections.js';

describe('HeldConnections', () => {
  let warn: jest.SpiedFunction<Logger['warn']>;
  beforeEach(() => {
    jest.useFakeTimers();
    warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('warns once of a connection that is held for long, and says where it was taken', () => {
    new HeldConnections(1000).watch({ at: 'at somewhere.ts:7', context: undefined });
    jest.advanceTimersByTime(999);
    expect(warn).not.toHaveBeenCalled();
    jest.advanceTimersByTime(60_000);

    expect(warn.mock.calls).toEqual([
      [{ msg: expect.stringContaining('held for longer than 1000 ms'), taken_at: 'at somewhere.ts:7' }],
    ]);
  });

  it('warns as of who has asked for it, whoever gave it back', () => {
    const ids: unknown[] = [];
    warn.mockImplementation(() => void ids.push(requestContext()?.requestId));
    const held = new HeldConnections(1000);
    const takers = [runInContext({ 'x-request-id': 'taker' }, () => held.taken()), held.taken()];
    runInContext({ 'x-request-id': 'giver' }, () => {
      for (const taken of takers) held.watch(taken);
      jest.advanceTimersByTime(1000);
    });

    expect(ids).toEqual(['taker', undefined]);
  });

  it('does not warn of one that comes back', () => {
    const end = new HeldConnections(1000).watch({ at: '', context: undefined });
    jest.advanceTimersByTime(999);
    end();
    jest.advanceTimersByTime(60_000);

    expect(warn).not.toHaveBeenCalled();
  });
});
