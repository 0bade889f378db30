import { setTimeout as sleep } from 'node:timers/promises';
import { ModulesContainer } from '@nestjs/core';
import { Server } from '@nestjs/microservices';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MessageDrain } from './message-drain.js';

/** A transport without a wire. */
class Wire extends Server {
  listen(callback: () => void): void {
    callback();
  }

  close(): void {}
  on(): void {}
  unwrap<T>(): T {
    return this as unknown as T;
  }

  receive(pattern: string, data: unknown): Promise<unknown> {
    return this.handleEvent(pattern, { pattern, data }, { getPattern: () => pattern } as never);
  }
}

describe('MessageDrain', () => {
  let modules: ModulesContainer;
  let wire: Wire;

  beforeEach(() => {
    modules = new ModulesContainer();
    wire = new Wire();
    wire.addHandler('sum', async (data: unknown) => data, true);
  });

  it('waits for the messages at hand, of servers connected before and after it', async () => {
    const before = new Wire();
    modules.addRpcTarget(before);
    const drain = new MessageDrain(modules);
    modules.addRpcTarget(wire);
    const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    before.addHandler('sum', async () => gates[0]?.promise, true);
    wire.addHandler('product', async () => gates[1]?.promise, true);
    const answers = [before.receive('sum', 1), wire.receive('product', 2)];
    expect(drain.inflight).toBe(2);

    let finished = false;
    const finish = drain.finish(5000).finally(() => (finished = true));
    gates[0]?.resolve('');
    await sleep(5);
    expect(finished).toBe(false);
    gates[1]?.resolve('');
    expect(await finish).toEqual([]);
    await Promise.all(answers);
    expect(drain.inflight).toBe(0);
  });

  it('names those that are still handled at the end of its time', async () => {
    const drain = new MessageDrain(modules);
    modules.addRpcTarget(wire);
    const gate = Promise.withResolvers<string>();
    wire.addHandler('hang', async () => gate.promise, true);
    const answer = wire.receive('hang', 1);
    expect(await drain.finish(5)).toEqual([expect.stringMatching(/^message hang \(\d+ ms\)$/)]);
    gate.resolve('');
    await answer;
  });

  it('is done at once without a message, and counts one that fails as handled', async () => {
    const drain = new MessageDrain(modules);
    modules.addRpcTarget(wire);
    wire.addHandler('fail', () => Promise.reject(new Error('no')), true);
    await expect(wire.receive('fail', 1)).rejects.toThrow('no');
    expect(await drain.finish(60_000)).toEqual([]);
  });

  it('lets hooks of others go on working', async () => {
    const told: string[] = [];
    const hooks = (name: string): void => {
      wire.setOnProcessingStartHook((_, __, done) => {
        told.push(`${name} start`);
        void done();
      });
      wire.setOnProcessingEndHook(() => void told.push(`${name} end`));
    };
    hooks('earlier');
    const drain = new MessageDrain(modules);
    modules.addRpcTarget(wire);
    await wire.receive('sum', 1);
    hooks('later');
    await wire.receive('sum', 1);

    expect(told).toEqual(['earlier start', 'earlier end', 'later start', 'later end']);
    expect(drain.inflight).toBe(0);
  });

  it('leaves a strategy alone that has no hooks', () => {
    modules.addRpcTarget({});
    expect(new MessageDrain(modules).inflight).toBe(0);
  });
});
