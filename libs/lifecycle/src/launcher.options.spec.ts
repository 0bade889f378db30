import { describe, expect, it } from '@jest/globals';
import { resolveLauncherOptions } from './launcher.options.js';

describe('LauncherOptions', () => {
  it('have these defaults', () => {
    expect(resolveLauncherOptions({})).toEqual({
      around: expect.any(Function),
      initTimeoutMs: 60_000,
      startTimeoutMs: 60_000,
      stopTimeoutMs: 5000,
      shutdownTimeoutMs: 29_000,
      drainDelayMs: 0,
    });
  });

  it('are durations', () => {
    const options = {
      initTimeout: '2m',
      startTimeout: '3m',
      stopTimeout: 250,
      shutdownTimeout: '10s',
      drainDelay: '1.5s',
    } as const;

    expect(resolveLauncherOptions(options)).toEqual({
      around: expect.any(Function),
      initTimeoutMs: 120_000,
      startTimeoutMs: 180_000,
      stopTimeoutMs: 250,
      shutdownTimeoutMs: 10_000,
      drainDelayMs: 1500,
    });
  });

  it.each(['initTimeout', 'startTimeout', 'stopTimeout', 'shutdownTimeout', 'drainDelay'])(
    'name %s when it is none',
    (name) => {
      expect(() => resolveLauncherOptions({ [name]: 'soon' })).toThrow(`Expected \`${name}\` to be a duration`);
    },
  );

  it('refuse a drain delay that does not fit the shutdown timeout', () => {
    expect(() => resolveLauncherOptions({ drainDelay: '29s' })).toThrow(
      'Expected `drainDelay` to be a duration below the shutdown timeout (29s), got `29s` (string).',
    );
    expect(() => resolveLauncherOptions({ shutdownTimeout: '2s', drainDelay: '5s' })).toThrow('`drainDelay`');
  });
});
