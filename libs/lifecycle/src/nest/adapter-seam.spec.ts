import { EventEmitter } from 'node:events';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { hangOnAdapter } from './adapter-seam.js';
import { Launcher } from '../launcher.js';

type Callback = (...result: unknown[]) => void;

describe('hangOnAdapter', () => {
  let steps: string[];
  let launcher: Launcher;
  /** Of each listen: its arguments without the callback, and the callback. */
  let listens: { args: unknown[]; bound: Callback }[];
  let adapter: AbstractHttpAdapter;
  let server: EventEmitter;

  beforeEach(() => {
    steps = [];
    listens = [];
    launcher = new Launcher();
    server = Object.assign(new EventEmitter(), { close: () => steps.push('port closed') });
    adapter = {
      init: async () => void steps.push('adapter init'),
      listen: (...args: unknown[]) => void listens.push({ bound: args.pop() as Callback, args }),
      beforeClose: () => void steps.push('adapter beforeClose'),
      getHttpServer: () => server,
    } as unknown as AbstractHttpAdapter;
    hangOnAdapter(adapter, launcher, () => steps.push('register'));
  });

  /** Calls listen as Nest does, and collects what its callback gets. */
  async function listen(...args: unknown[]): Promise<unknown[][]> {
    const results: unknown[][] = [];
    (adapter.listen as Callback)(...args, (...result: unknown[]) => void results.push(result));
    await nextTurn();
    return results;
  }
  const bind = (...result: unknown[]) => listens.at(-1)?.bound(...result);

  it('holds no stop when the port cannot be bound and only the server tells, as with Express', async () => {
    await listen(8080);
    server.emit('error', new Error('in use'));
    await launcher.drain('the start failed');
    expect(launcher.failures).toEqual([]);
  });

  it('leaves no listener at the server once it is bound', async () => {
    await listen(8080);
    bind();
    expect(server.eventNames()).toEqual([]);
  });

  it('registers and initialises once, behind the init of the adapter', async () => {
    launcher.addInitializer({ init: async () => void steps.push('init') });

    await adapter.init();
    await adapter.init();

    expect(steps).toEqual(['adapter init', 'register', 'init', 'adapter init']);
  });

  it('listens once services have started, with the arguments it got, and is ready once the port is bound', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    launcher.addService({ start: () => promise, stop: async () => undefined });
    const results = await listen(8080, '127.0.0.1');
    expect(listens).toEqual([]);

    resolve();
    await nextTurn();
    expect(listens.map(({ args }) => args)).toEqual([[8080, '127.0.0.1']]);
    expect(launcher.state).toBe('starting');
    bind();

    expect(launcher.state).toBe('ready');
    expect(results).toEqual([[]]);
  });

  it('does not need a callback', async () => {
    (adapter.listen as Callback)(8080);
    await nextTurn();
    bind();

    expect(listens.map(({ args }) => args)).toEqual([[8080]]);
    expect(launcher.state).toBe('ready');
  });

  it('passes the error of a service on, and opens no port', async () => {
    launcher.addService({ start: () => Promise.reject(new Error('no queue')), stop: async () => undefined });

    const results = await listen(8080);

    expect(results).toEqual([[expect.objectContaining({ code: 'EGGY_LIFECYCLE_SERVICE' })]]);
    expect(listens).toEqual([]);
  });

  it('passes the error of the port on, is not ready, and may listen again without starting services twice', async () => {
    let starts = 0;
    launcher.addService({ start: async () => void starts++, stop: async () => undefined });
    const inUse = new Error('EADDRINUSE');

    const results = await listen(8080);
    bind(inUse);
    expect(results).toEqual([[inUse]]);
    expect(launcher.state).toBe('starting');
    await listen(8081);
    bind();

    expect(launcher.state).toBe('ready');
    expect(starts).toBe(1);
  });

  it('closes a port that was bound while a stop began', async () => {
    const results = await listen(8080);
    launcher.interrupt('SIGTERM');
    bind();

    expect(steps).toEqual(['port closed']);
    expect(results).toEqual([[expect.objectContaining({ code: 'EGGY_LIFECYCLE_INTERRUPTED' })]]);
  });

  it('closes a port that was bound after a service had crashed', async () => {
    launcher.addService({ run: () => Promise.reject(new Error('connection lost')) }, { name: 'consumer' });
    const results = await listen(8080);
    bind();

    expect(launcher.state).toBe('broken');
    expect(results).toEqual([[expect.objectContaining({ what: 'Service `consumer` crashed' })]]);
  });

  it('does not take an error of the callback for a stop', async () => {
    let calls = 0;
    const failing = () => {
      calls++;
      throw new Error('callback of the user');
    };
    (adapter.listen as Callback)(8080, failing);
    await nextTurn();

    expect(() => bind()).toThrow('callback of the user');
    expect(calls).toBe(1);
    expect(steps).toEqual([]);
    expect(launcher.state).toBe('ready');
  });

  it('drains and stops services before the adapter closes', async () => {
    launcher.addService({ start: async () => undefined, stop: async () => void steps.push('service stopped') });
    launcher.addDrainHook({ onDrain: async () => void steps.push('onDrain') });
    await listen(8080);
    bind();

    await (adapter.beforeClose() as unknown as Promise<void>);

    expect(steps).toEqual(['onDrain', 'service stopped', 'adapter beforeClose']);
    expect(launcher.state).toBe('stopping');
  });
});
