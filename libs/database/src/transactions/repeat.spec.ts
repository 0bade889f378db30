import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { repeat, type RepeatOptions } from './repeat.js';

const options = (changes: Partial<RepeatOptions> = {}): RepeatOptions => ({
  retries: 3,
  signal: undefined,
  onRetry: () => undefined,
  ...changes,
});
const failing = (error: unknown, code: string | undefined) => jest.fn(async () => ({ error, code }));

describe('repeat', () => {
  beforeEach(() => Logger.overrideLogger(false));

  it('gives the result of the first attempt that has one', async () => {
    let calls = 0;
    const onRetry = jest.fn();
    const result = await repeat(options({ onRetry }), async () =>
      ++calls < 3 ? { error: new Error('again'), code: 'AGAIN' } : { result: calls },
    );

    expect(result).toBe(3);
    expect(onRetry.mock.calls).toEqual([[{ attempt: 1, code: 'AGAIN' }], [{ attempt: 2, code: 'AGAIN' }]]);
  });

  it('throws the last error as it is, with the number of attempts where there were several', async () => {
    class Mine extends Error {}
    const [again, final, frozen] = [new Mine('again'), new Mine('final'), Object.freeze(new Mine('frozen'))];

    await expect(repeat(options({ retries: 1 }), failing(again, 'AGAIN'))).rejects.toBe(again);
    expect(again).toMatchObject({ attempts: 2 });
    await expect(repeat(options(), failing(final, undefined))).rejects.toBe(final);
    expect(final).not.toHaveProperty('attempts');
    await expect(repeat(options({ retries: 1 }), failing(frozen, 'AGAIN'))).rejects.toBe(frozen);
    await expect(repeat(options({ retries: 1 }), failing('a text', 'AGAIN'))).rejects.toBe('a text');
  });

  it('ends the pause when the signal comes, with the last error, and attempts nothing any more', async () => {
    const controller = new AbortController();
    const error = new Error('again');
    const attempt = jest.fn(async () => {
      setImmediate(() => controller.abort());
      return { error, code: 'AGAIN' };
    });
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.999_999);
    // The last pauses are of a second: without the abort there would be a hundred of them.
    await expect(repeat(options({ retries: 100, signal: controller.signal }), attempt)).rejects.toBe(error);
    random.mockRestore();

    expect(attempt.mock.calls.length).toBeLessThan(3);
  });

  it('attempts nothing after the signal', async () => {
    const attempt = failing(new Error('again'), 'AGAIN');

    await expect(repeat(options({ signal: AbortSignal.abort('over') }), attempt)).rejects.toBe('over');
    expect(attempt).not.toHaveBeenCalled();
  });
});
