import type { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProcessGuard } from './process-guard.js';

const NAMES = ['SIGTERM', 'SIGINT', 'uncaughtException', 'unhandledRejection', 'SIGHUP', 'SIGUSR2', 'SIGPIPE'];

describe('ProcessGuard', () => {
  let told: string[];
  let guard: ProcessGuard;
  let before: number[];
  const counts = () => NAMES.map((name) => process.listenerCount(name));
  const guarding = () =>
    new ProcessGuard({
      onStop: (signal) => told.push(`stop ${signal}`),
      onRepeat: (signal) => told.push(`repeat ${signal}`),
      onImpatience: () => told.push('impatience'),
      onFatal: (error) => told.push(`fatal ${String(error)}`),
    });

  beforeEach(() => {
    told = [];
    before = counts();
    guard = guarding();
  });
  afterEach(() => guard[Symbol.dispose]());

  it.each(['SIGTERM', 'SIGINT'] as const)('takes the first %s for a stop', (signal) => {
    process.emit(signal, signal);

    expect(told).toEqual([`stop ${signal}`]);
  });

  it('tells a repeated SIGTERM, which is no second stop', () => {
    process.emit('SIGTERM', 'SIGTERM');
    process.emit('SIGTERM', 'SIGTERM');
    process.emit('SIGTERM', 'SIGTERM');

    expect(told).toEqual(['stop SIGTERM', 'repeat SIGTERM', 'repeat SIGTERM']);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('takes a SIGINT after %s for impatience', (first) => {
    process.emit(first, first);
    process.emit('SIGINT', 'SIGINT');

    expect(told).toEqual([`stop ${first}`, 'impatience']);
  });

  it('tells the first fatal error of many, whatever was thrown', () => {
    for (const error of ['a text', new Error('second'), null]) {
      (process as EventEmitter).emit('uncaughtException', error);
    }

    expect(told).toEqual(['fatal a text']);
  });

  it('leaves other signals to their default', () => {
    expect(counts().map((count, at) => count - (before[at] ?? 0))).toEqual([1, 1, 1, 0, 0, 0, 0]);
  });

  it('leaves no listener behind, also when it is disposed of twice', () => {
    guard[Symbol.dispose]();
    guard[Symbol.dispose]();

    expect(counts()).toEqual(before);
    process.emit('SIGTERM', 'SIGTERM');
    expect(told).toEqual([]);
  });

  it('stands beside the guard of another application', () => {
    {
      using other = guarding();
      expect(other).toBeInstanceOf(ProcessGuard);
      process.emit('SIGTERM', 'SIGTERM');
    }
    process.emit('SIGTERM', 'SIGTERM');

    expect(told).toEqual(['stop SIGTERM', 'stop SIGTERM', 'repeat SIGTERM']);
  });
});
