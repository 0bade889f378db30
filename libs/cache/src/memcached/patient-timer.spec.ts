import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PatientTimer } from './patient-timer.js';

describe('PatientTimer', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('tells when the time is over, once', () => {
    const onOver = jest.fn();
    const timer = new PatientTimer(250, onOver);
    jest.advanceTimersByTime(249);
    expect(onOver).not.toHaveBeenCalled();

    jest.advanceTimersByTime(2);
    expect(onOver).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(1000);
    expect(onOver).toHaveBeenCalledTimes(1);
    timer.stop();
  });

  it('gives the time again, once, when this process was too busy to read', () => {
    const onOver = jest.fn();
    const now = performance.now.bind(performance);
    let late = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now() + late);
    const timer = new PatientTimer(250, onOver);
    late = 100;
    jest.advanceTimersByTime(260);
    expect(onOver).not.toHaveBeenCalled();

    late = 200;
    jest.advanceTimersByTime(260);
    expect(onOver).toHaveBeenCalledTimes(1);
    timer.stop();
  });

  it('reads what has arrived before it tells, and nothing once it is stopped', () => {
    const onOver = jest.fn();
    const timer = new PatientTimer(250, onOver);
    // What a socket read does, which comes after timers and before immediates.
    setTimeout(() => timer.stop(), 250);
    jest.advanceTimersByTime(1000);

    expect(onOver).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  });
});
