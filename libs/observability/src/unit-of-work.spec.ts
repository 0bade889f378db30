import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { currentUnitOfWork, runInUnitOfWork, type UnitOfWork } from './unit-of-work.js';

function unitOfWork(): UnitOfWork & { actions: (() => void | Promise<void>)[] } {
  const actions: (() => void | Promise<void>)[] = [];
  return { actions, afterCommit: (action) => void actions.push(action) };
}

describe('currentUnitOfWork', () => {
  it('is undefined outside of a transaction', () => {
    expect(currentUnitOfWork()).toBeUndefined();
  });

  it('is the transaction of the code that runs, across awaits, and ends with it', async () => {
    const unit = unitOfWork();

    const inside = await runInUnitOfWork(unit, async () => {
      await nextTurn();
      return currentUnitOfWork();
    });

    expect(inside).toBe(unit);
    expect(currentUnitOfWork()).toBeUndefined();
  });

  it('is kept apart between transactions that run at the same time', async () => {
    const units = [unitOfWork(), unitOfWork()];
    const work = async () => {
      await nextTurn();
      return currentUnitOfWork();
    };

    expect(await Promise.all(units.map((unit) => runInUnitOfWork(unit, work)))).toEqual(units);
  });

  it('takes work for after the commit from code that does not know its technology', () => {
    const unit = unitOfWork();
    const evict = () => undefined;

    runInUnitOfWork(unit, () => currentUnitOfWork()?.afterCommit(evict));

    expect(unit.actions).toEqual([evict]);
  });

  it('is the inner one inside, and ends when the work throws', () => {
    const [outer, inner] = [unitOfWork(), unitOfWork()];
    const failing = () => {
      expect(currentUnitOfWork()).toBe(inner);
      throw new Error('rolled back');
    };

    runInUnitOfWork(outer, () => {
      expect(() => runInUnitOfWork(inner, failing)).toThrow('rolled back');
      expect(currentUnitOfWork()).toBe(outer);
    });
  });
});
