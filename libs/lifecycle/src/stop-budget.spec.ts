import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { StopBudget } from './stop-budget.js';

describe('StopBudget', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is untouched before the stop begins', () => {
    const budget = new StopBudget(29_000);

    jest.advanceTimersByTime(10_000);

    expect(budget.elapsedMs()).toBe(0);
    expect(budget.remainingMs()).toBe(29_000);
  });

  it('counts from the first begin, and never below zero', () => {
    const budget = new StopBudget(1000);
    budget.begin();

    jest.advanceTimersByTime(400);
    budget.begin();
    expect(budget.remainingMs()).toBe(600);
    jest.advanceTimersByTime(5000);

    expect(budget.remainingMs()).toBe(0);
    expect(budget.requestsMs(10)).toBe(0);
    expect(budget.servicesMs()).toBe(0);
    expect(budget.initializersMs()).toBe(0);
  });

  it('gives each step its plan when all of them take as long as they may, after a delay of 5 s of 29 s', () => {
    const budget = new StopBudget(29_000);
    budget.begin();

    jest.advanceTimersByTime(5000);
    const requestsMs = budget.requestsMs();
    const cutMs = budget.cutMs(requestsMs);
    jest.advanceTimersByTime(requestsMs + cutMs);
    const servicesMs = budget.servicesMs();
    jest.advanceTimersByTime(servicesMs);

    expect([requestsMs, cutMs, servicesMs, budget.initializersMs()]).toEqual([15_000, 500, 5000, 2000]);
    expect(budget.remainingMs()).toBe(3500);
  });

  it('gives requests what a longer shutdown timeout leaves', () => {
    const budget = new StopBudget(60_000);
    budget.begin();

    expect(budget.requestsMs(5000)).toBe(46_000);
  });

  it('gives services the time that requests did not need, and initializers never more than 2 s', () => {
    const budget = new StopBudget(29_000);
    budget.begin();

    expect(budget.servicesMs()).toBe(25_500);
    expect(budget.initializersMs()).toBe(2000);
  });

  it('leaves every later step at least half of its part, whatever the timeout is and however long each takes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 120_000 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (total, part) => {
          const budget = new StopBudget(total);
          budget.begin();
          const delayMs = Math.floor(total * part);
          jest.advanceTimersByTime(delayMs);
          const requestsMs = budget.requestsMs();
          const cutMs = budget.cutMs(requestsMs);
          jest.advanceTimersByTime(requestsMs + cutMs);
          const servicesMs = budget.servicesMs();
          jest.advanceTimersByTime(servicesMs);
          const initializersMs = budget.initializersMs();
          jest.advanceTimersByTime(initializersMs);

          const planned = Math.min(total - delayMs, 24_000) / 24_000;
          expect(requestsMs).toBeGreaterThanOrEqual(Math.floor(planned * 15_000) - 1);
          expect(servicesMs).toBeGreaterThanOrEqual(Math.floor(planned * 2500) - 1);
          expect(initializersMs).toBeGreaterThanOrEqual(Math.floor(planned * 1000) - 1);
          expect(budget.remainingMs()).toBeGreaterThanOrEqual(Math.floor(planned * 750) - 1);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keeps time for initializers when it bounds everything before them', () => {
    const budget = new StopBudget(29_000);
    const small = new StopBudget(2400);

    expect(budget.untilInitializersMs()).toBe(25_500);
    expect(small.untilInitializersMs()).toBe(2050);
  });
});
