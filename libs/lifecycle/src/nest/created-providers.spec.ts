import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Module } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { pendingProviders, slowestProviders } from './created-providers.js';

const opened = Promise.withResolvers<string>();
const container = Promise.withResolvers<ModulesContainer>();

@Injectable()
class Users {
  constructor(@Inject('pool') readonly pool: string) {}
}

@Injectable()
class Greeter {
  @Inject() readonly users!: Users;
}

const pool = { provide: 'pool', useFactory: () => opened.promise };
const catchContainer = {
  provide: 'container',
  inject: [ModulesContainer],
  useFactory: (modules: ModulesContainer) => container.resolve(modules),
};

@Module({ providers: [Greeter, Users, pool, catchContainer, { provide: Symbol('quick'), useValue: 1 }] })
class PoolModule {}

describe('the providers of a container', () => {
  it('that is being made are told without those that wait for them; then the slowest are', async () => {
    const made = NestFactory.createApplicationContext(PoolModule, { logger: false, abortOnError: false });
    const first = await Promise.race([container.promise, made]);
    const modules = first as ModulesContainer;
    // What needs no waiting is made within a few turns.
    while (pendingProviders(modules).length !== 1) await sleep(1);
    expect(pendingProviders(modules)).toEqual(['provider `pool`']);
    expect(slowestProviders(modules).map(({ name }) => name)).not.toContain('provider `pool`');

    await sleep(15);
    opened.resolve('pool');
    const app = await made;
    expect(pendingProviders(modules)).toEqual([]);
    const slowest = slowestProviders(modules);
    expect(slowest.map(({ name }) => name)).toEqual(expect.arrayContaining(['provider `pool`', 'provider `Users`']));
    for (const { tookMs } of slowest) expect(tookMs).toBeGreaterThanOrEqual(1);
    expect(slowest[0]?.tookMs).toBeGreaterThan(10);
    await app.close();
  });
});
