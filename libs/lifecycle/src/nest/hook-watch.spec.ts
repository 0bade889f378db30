import 'reflect-metadata';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HookFailedError } from '../lifecycle.errors.js';
import { Waits, waitingOn } from '../waits.js';
import { watchHooks } from './hook-watch.js';

const NOTHING = async (): Promise<void> => undefined;
/** What the hooks of the service below do. */
const does = { init: NOTHING, destroy: NOTHING };
const shared = { onModuleDestroy: () => undefined };

@Injectable()
class Orders {
  readonly got: unknown[] = [];
  onModuleInit = () => does.init();

  onModuleDestroy(): Promise<void> {
    return does.destroy();
  }

  onApplicationShutdown(signal?: string): void {
    this.got.push(signal);
  }
}

class Frozen {
  onModuleDestroy = () => undefined;

  constructor() {
    Object.freeze(this);
  }
}

@Module({ providers: [Orders, Frozen, { provide: 'shared', useValue: shared }] })
class OrdersModule {}

describe('watchHooks', () => {
  let waits: Waits;
  let failures: HookFailedError[];
  let startFailures: [string, unknown][];

  beforeEach(() => {
    waits = new Waits();
    failures = [];
    startFailures = [];
    does.init = NOTHING;
    does.destroy = NOTHING;
  });

  async function create() {
    const app = await NestFactory.createApplicationContext(OrdersModule, { logger: false, abortOnError: false });
    watchHooks(app.get(ModulesContainer), {
      waits,
      onStartFailure: (hook, cause) => void startFailures.push([hook, cause]),
      onStopFailure: (error) => void failures.push(error),
    });
    return { app, orders: app.get(Orders) };
  }

  it('tells the hook that runs, and what it waits on', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    does.destroy = () => waitingOn('the last parcel', () => promise);
    const { app } = await create();
    const closed = app.close();
    await nextTurn();
    expect(waits.list()).toEqual(['`Orders.onModuleDestroy()` (the last parcel)']);

    resolve();
    await closed;
    expect(waits.list()).toEqual([]);
    expect(failures).toEqual([]);
  });

  it('keeps the error of a stop hook, which Nest only logs', async () => {
    const cause = new Error('the disk is full');
    does.destroy = () => Promise.reject(cause);
    const { app } = await create();
    await app.close();

    expect(failures.map(String)).toEqual([
      'HookFailedError: `Orders.onModuleDestroy()` failed: the disk is full. Fix: see the cause, in `Orders.onModuleDestroy()`.',
    ]);
    expect(failures[0]?.cause).toBe(cause);
  });

  it('lets the error of a start hook fail the start', async () => {
    const { orders } = await create();
    const cause = new Error('no table');
    does.init = () => Promise.reject(cause);
    await expect(orders.onModuleInit()).rejects.toBe(cause);
    expect(startFailures).toEqual([['Orders.onModuleInit()', cause]]);
    expect(failures).toEqual([]);
  });

  it('hands on what the hook is called with, and leaves each instance as it was', async () => {
    const { app, orders } = await create();
    expect(Object.keys(orders)).toEqual(['got', 'onModuleInit']);
    await (app.close as (signal: string) => Promise<void>).call(app, 'SIGTERM');

    expect(orders.got).toEqual(['SIGTERM']);
    expect(Object.hasOwn(orders, 'onModuleDestroy')).toBe(false);
    expect(Object.hasOwn(orders, 'onApplicationShutdown')).toBe(false);
  });

  it('leaves values of others and frozen instances alone', async () => {
    const { onModuleDestroy } = shared;
    const { app } = await create();
    expect(shared.onModuleDestroy).toBe(onModuleDestroy);
    await app.close();
    expect(failures).toEqual([]);
  });
});
