import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { type BackgroundService, EggyCoreModule, Launcher, Service } from '@eggybyte/core';
import { bootApp } from '@eggybyte/testing';
import { freePort } from '../../support/free-port.js';
import { isListening } from '../lifecycle/listening.js';

describe('a worker', () => {
  it('runs its services until it is stopped, without the port of HTTP', async () => {
    const port = await freePort();
    let ended = false;
    @Service()
    class Consumer implements BackgroundService {
      async run(signal: AbortSignal): Promise<void> {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        ended = true;
      }
    }
    @Module({ imports: [EggyCoreModule.forRoot()], providers: [Consumer] })
    class WorkerModule {}
    await using worker = await bootApp(WorkerModule, { http: false, env: { PORT: String(port) } });
    expect(worker.application).not.toHaveProperty('url');
    expect(worker.get(Launcher).state).toBe('ready');
    expect((await worker.probe('/readyz')).status).toBe(200);
    expect([await isListening(port), ended]).toEqual([false, false]);
    expect(await worker.stop()).toBe(0);
    expect(ended).toBe(true);
  });

  it('throws what fails its start, and closes its probes', async () => {
    @Service()
    class Consumer {
      start(): Promise<void> {
        return Promise.reject(new Error('no queue'));
      }

      async stop(): Promise<void> {}
    }
    @Module({ imports: [EggyCoreModule.forRoot()], providers: [Consumer] })
    class WorkerModule {}
    const metricsPort = await freePort();
    const booted = bootApp(WorkerModule, { http: false, env: { METRICS_PORT: String(metricsPort) } });
    await expect(booted).rejects.toThrow(/Consumer.*no queue/);
    expect(await isListening(metricsPort)).toBe(false);
  });

  it('boots in a test, where its providers can be replaced', async () => {
    class Mailer {
      readonly name: string = 'real';
    }
    @Module({ imports: [EggyCoreModule.forRoot()], providers: [Mailer] })
    class WorkerModule {}
    await using worker = await bootApp(WorkerModule, {
      http: false,
      override: (builder) => builder.overrideProvider(Mailer).useValue({ name: 'replaced' }),
    });
    expect(worker.get(Mailer).name).toBe('replaced');
    expect((await worker.probe('/readyz')).status).toBe(200);
    await worker.waitForLog('ready');
    expect(await worker.stop()).toBe(0);
  });
});
