import { describe, expect, it } from '@jest/globals';
import { type BackoffOptions, withBackoff } from './backoff.js';

const options = (more: Partial<BackoffOptions> = {}): BackoffOptions => ({
  deadlineMs: 5000,
  signal: new AbortController().signal,
  retryable: () => true,
  onRetry: () => undefined,
  ...more,
});

describe('withBackoff', () => {
  it('attempts until one succeeds, and tells of each failure before', async () => {
    const told: unknown[] = [];
    let attempts = 0;
    const result = await withBackoff(options({ onRetry: (error) => told.push(error) }), async () => {
      if (++attempts < 2) throw new Error(`failure ${attempts}`);
      return 'done';
    });

    expect(result).toBe('done');
    expect(told).toEqual([new Error('failure 1')]);
  });

  it('does not try again what cannot get better', async () => {
    let attempts = 0;
    const work = withBackoff(options({ retryable: () => false }), async () => {
      attempts++;
      throw new Error('final');
    });

    await expect(work).rejects.toThrow('final');
    expect(attempts).toBe(1);
  });

  it('gives up after the deadline with the last error', async () => {
    let attempts = 0;
    const work = withBackoff(options({ deadlineMs: 150 }), async () => {
      throw new Error(`failure ${++attempts}`);
    });

    await expect(work).rejects.toThrow(/failure \d/);
    expect(attempts).toBeGreaterThan(1);
  });

  it('ends a pause at once when the signal aborts, with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const onRetry = (): void => queueMicrotask(() => controller.abort(reason));
    const work = withBackoff(options({ signal: controller.signal, onRetry }), () => Promise.reject(new Error('down')));

    await expect(work).rejects.toBe(reason);
  });

  it('attempts nothing after an abort', async () => {
    const reason = new Error('interrupted');

    await expect(
      withBackoff(options({ signal: AbortSignal.abort(reason) }), () => Promise.reject(new Error('never'))),
    ).rejects.toBe(reason);
  });
});
