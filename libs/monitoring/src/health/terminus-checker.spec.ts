import { describe, expect, it } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import { fromTerminus } from './terminus-checker.js';

const signal = new AbortController().signal;
const indicator = new HealthIndicatorService().check('it');

describe('fromTerminus', () => {
  it.each([
    ['up', () => indicator.up()],
    ['degraded', async () => indicator.degraded('slow')],
    ['an attempt that works', () => indicator.attempt(async () => undefined)],
  ])('passes for %s', async (_what, call) => {
    await expect(fromTerminus(call)(signal)).resolves.toBeUndefined();
  });

  it.each([
    ['down', () => indicator.down('mysql://root:s3cr3t@db')],
    ['an attempt that fails', () => indicator.attempt(() => Promise.reject(new Error('mysql://root:s3cr3t@db')))],
    ['one of two that is down', () => ({ ...indicator.up(), other: { status: 'down' as const } })],
    ['nothing', () => ({})],
    ['no result', () => undefined as never],
    ['an unknown status', () => ({ it: { status: 'great' as 'up' } })],
  ])('fails for %s and keeps only the status', async (_what, call) => {
    await expect(fromTerminus(call)(signal)).rejects.toThrow(/^the terminus indicator is down$/);
  });

  it('calls the indicator at each run, with the signal of the check', async () => {
    const signals: AbortSignal[] = [];
    const check = fromTerminus((given) => {
      signals.push(given);
      return indicator.up();
    });
    await check(signal);
    await check(signal);
    expect(signals).toEqual([signal, signal]);
  });

  it('keeps the failure of an indicator that throws', async () => {
    const check = fromTerminus(() => Promise.reject(new Error('boom')))(signal);
    await expect(check).rejects.toThrow('boom');
  });

  it('refuses a promise, which would tell the same for ever', () => {
    expect(() => fromTerminus(Promise.resolve(indicator.up()) as never)).toThrow(
      expect.objectContaining({ code: 'EGGY_ARGUMENT' }),
    );
  });
});
