import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { waitingOn, Waits } from './waits.js';

describe('Waits', () => {
  it('tells what has begun and not ended, the oldest first', () => {
    const waits = new Waits();
    const end = waits.begin('the lock');
    waits.begin('the queue');
    expect(waits.list()).toEqual(['the lock', 'the queue']);

    end();
    end();
    expect(waits.list()).toEqual(['the queue']);
  });

  it('tells two of one name apart', () => {
    const waits = new Waits();
    const end = waits.begin('job');
    waits.begin('job');
    end();
    expect(waits.list()).toEqual(['job']);
  });

  it('tells in parentheses what the inner one waits on', () => {
    const [outer, inner] = [new Waits(), new Waits()];
    outer.begin('initializer `SearchIndex`', inner);
    inner.begin('table `orders`');
    inner.begin('table `users`');
    expect(outer.list()).toEqual(['initializer `SearchIndex` (table `orders`, table `users`)']);
  });

  it('asks its sources each time', () => {
    const waits = new Waits();
    const pending = ['provider `Pool`'];
    waits.addSource(() => pending);
    expect(waits.list()).toEqual(['provider `Pool`']);
    pending.pop();
    expect(waits.list()).toEqual([]);
  });
});

describe('waitingOn', () => {
  it('is told to whoever follows, until it has resolved or rejected', async () => {
    const waits = new Waits();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const work = waits.follow(async () => {
      await sleep(1);
      await Promise.allSettled([waitingOn('a', () => promise), waitingOn('b', () => promise)]);
    });
    await sleep(5);
    expect(waits.list()).toEqual(['a', 'b']);
    reject(new Error('gone'));
    resolve();
    await work;
    expect(waits.list()).toEqual([]);
  });

  it('is told inside of an outer one', async () => {
    const waits = new Waits();
    const { promise, resolve } = Promise.withResolvers<string>();
    const work = waits.follow(() => waitingOn('the index', () => waitingOn('shard 2', () => promise)));
    expect(waits.list()).toEqual(['the index (shard 2)']);
    resolve('done');
    expect(await work).toBe('done');
  });

  it('gives what the work gives, also nowhere in a step and of work that throws at once', async () => {
    expect(await waitingOn('nothing', () => 1)).toBe(1);
    const throwing = (): never => {
      throw new Error('at once');
    };
    await expect(waitingOn('nothing', throwing)).rejects.toThrow('at once');
    await expect(new Waits().follow(() => waitingOn('nothing', throwing))).rejects.toThrow('at once');
  });
});
