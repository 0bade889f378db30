import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LineOperation, type Operation, ReadOperation } from './operation.js';
import { PendingOperations } from './pending-operations.js';

const operation = () => new LineOperation<string>([], (line) => line) as Operation;

describe('PendingOperations', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('tells when the oldest one is overdue, exactly then', () => {
    const onOverdue = jest.fn();
    const pending = new PendingOperations(250, onOverdue);
    pending.add(operation());
    jest.advanceTimersByTime(100);
    pending.add(operation());
    pending.shift();
    jest.advanceTimersByTime(249);
    expect(onOverdue).not.toHaveBeenCalled();
    jest.advanceTimersByTime(2);
    expect(onOverdue).toHaveBeenCalledTimes(1);
  });

  it('reads what has arrived before it gives up', () => {
    const onOverdue = jest.fn();
    const pending = new PendingOperations(250, onOverdue);
    pending.add(operation());
    // What a socket read does, which comes after timers and before immediates.
    setTimeout(() => pending.shift(), 250);
    jest.advanceTimersByTime(300);
    expect(onOverdue).not.toHaveBeenCalled();
  });

  it('gives everything its time again, once, when this process was too busy to read', () => {
    const onOverdue = jest.fn();
    const pending = new PendingOperations(250, onOverdue);
    pending.add(operation());
    const now = performance.now.bind(performance);
    let late = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now() + late);
    late = 100;
    jest.advanceTimersByTime(260);
    expect(onOverdue).not.toHaveBeenCalled();
    late = 200;
    jest.advanceTimersByTime(260);
    expect(onOverdue).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
  });

  it('stays silent when nothing is pending', () => {
    const onOverdue = jest.fn();
    const pending = new PendingOperations(250, onOverdue);
    pending.add(operation());
    expect(pending.drain()).toHaveLength(1);
    pending.add(operation());
    pending.shift();
    jest.advanceTimersByTime(1000);
    expect(onOverdue).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('counts whoever waits, also those who share an operation', () => {
    const pending = new PendingOperations(250, () => undefined);
    const read = new ReadOperation(['a']);
    pending.add(operation());
    pending.add(read as Operation);
    read.join(new ReadOperation(['b']));
    pending.joined();
    expect(pending.size).toBe(3);
    pending.shift();
    expect(pending.size).toBe(2);
    pending.shift();
    expect(pending.size).toBe(0);
    pending.add(read as Operation);
    expect([pending.size, pending.drain(), pending.size]).toEqual([2, [read], 0]);
  });

  it('keeps the order over thousands', () => {
    const pending = new PendingOperations(250, () => undefined);
    const all = Array.from({ length: 5000 }, operation);
    const seen: (Operation | undefined)[] = [];
    for (const [index, one] of all.entries()) {
      pending.add(one);
      if (index % 3 === 0) continue;
      seen.push(pending.oldest);
      pending.shift();
    }
    seen.push(...pending.drain());
    expect(seen).toEqual(all);
    expect(pending.size).toBe(0);
  });
});
