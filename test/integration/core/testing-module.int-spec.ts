import 'reflect-metadata';
import { createServer } from 'node:net';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EggyCoreModule, Initializer } from '@eggybyte/core';
import { freePort } from '../../support/free-port.js';
import { isListening } from '../lifecycle/listening.js';

const steps: string[] = [];

@Initializer()
class Index {
  async init(): Promise<void> {
    steps.push('initializer');
  }
}

@Controller()
class Front {
  @Get()
  root(): string {
    return 'here';
  }
}

describe('Test.createTestingModule with EggyCoreModule.forRoot()', () => {
  let metricsPort: number;

  beforeEach(async () => {
    steps.length = 0;
    metricsPort = await freePort();
  });

  function root(): new () => object {
    const values = { METRICS_PORT: metricsPort, LOG_LEVEL: 'silent' } as const;
    @Module({ imports: [EggyCoreModule.forRoot({ values })], controllers: [Front], providers: [Index] })
    class AppModule {}
    return AppModule;
  }

  it('listens on no port, not even after init(), and takes no signal', async () => {
    const signals = process.listenerCount('SIGTERM');
    const compiled = await Test.createTestingModule({ imports: [root()] }).compile();
    const app = compiled.createNestApplication(new FastifyAdapter());
    await app.init();
    expect(steps).toEqual(['initializer']);
    expect(await app.getHttpAdapter().getInstance().inject('/')).toMatchObject({ statusCode: 200, body: 'here' });
    expect(await isListening(metricsPort)).toBe(false);
    expect(process.listenerCount('SIGTERM')).toBe(signals);
    await app.close();
    expect(await isListening(metricsPort)).toBe(false);
  });

  it('serves probes once it listens, until it is closed', async () => {
    const compiled = await Test.createTestingModule({ imports: [root()] }).compile();
    const app = compiled.createNestApplication(new FastifyAdapter());
    await app.listen(0, '127.0.0.1');
    expect((await fetch(`http://127.0.0.1:${metricsPort}/readyz`)).status).toBe(200);
    await app.close();
    expect(await isListening(metricsPort)).toBe(false);
  });

  it('fails to listen when the port of probes is taken', async () => {
    const compiled = await Test.createTestingModule({ imports: [root()] }).compile();
    const app = compiled.createNestApplication(new FastifyAdapter());
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(metricsPort, '0.0.0.0', resolve));
    await expect(app.listen(0, '127.0.0.1')).rejects.toThrow(String(metricsPort));
    await app.close();
    await new Promise((resolve) => other.close(resolve));
  });

  it('needs no adapter: an application context has the providers and serves nothing', async () => {
    const context = await NestFactory.createApplicationContext(root(), { abortOnError: false });
    expect(context.get(Index)).toBeInstanceOf(Index);
    expect(await isListening(metricsPort)).toBe(false);
    await context.close();
  });
});
