import 'reflect-metadata';
import { Controller, Get, type INestApplication, Module, type OnModuleDestroy } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  AdoptedTooLateError,
  bootstrap,
  CoreMissingError,
  EggyCoreModule,
  Initializer,
  Launcher,
} from '@eggybyte/core';

const values = {
  PORT: 0,
  HOST: '127.0.0.1',
  METRICS_PORT: 0,
  MONITORING_HOST: '127.0.0.1',
  LOG_LEVEL: 'silent',
} as const;
const steps: string[] = [];

@Initializer()
class Index {
  async init(): Promise<void> {
    steps.push('Index');
  }

  async close(): Promise<void> {
    steps.push('Index is closed');
  }
}

@Controller()
class Front implements OnModuleDestroy {
  constructor(private readonly config: ConfigService) {}

  @Get('greeting')
  greeting(): string {
    return this.config.getOrThrow('GREETING');
  }

  onModuleDestroy(): void {
    steps.push('onModuleDestroy');
  }
}

@Module({
  imports: [
    ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ GREETING: 'hello' })] }),
    EggyCoreModule.forRoot({ values }),
  ],
  controllers: [Front],
  providers: [Index],
})
class AppModule {}

const ADAPTERS = { fastify: () => new FastifyAdapter(), express: () => new ExpressAdapter() };

describe.each(['fastify', 'express'] as const)('bootstrap(app) on %s', (adapter) => {
  const create = (root = AppModule): Promise<INestApplication> =>
    NestFactory.create(root, ADAPTERS[adapter](), { abortOnError: false, bufferLogs: true });

  beforeEach(() => void steps.splice(0));

  it('configures, runs initializers, listens and stops, beside a ConfigModule of the service', async () => {
    const nest = await create();
    const application = await bootstrap(nest, {
      ownProcess: false,
      configure: (app, launcher) => {
        app.setGlobalPrefix('api');
        launcher.addInitializer({ init: async () => void steps.push('Warmup') }, { name: 'Warmup', order: 1 });
      },
    });
    expect(await (await fetch(`${application.url}/api/greeting`)).text()).toBe('hello');
    expect((await fetch(`${application.monitoringUrl}/readyz`)).status).toBe(200);
    expect(await application.stop()).toBe(0);
    expect(await application.exited).toBe(0);
    expect(steps).toEqual(['Index', 'Warmup', 'onModuleDestroy', 'Index is closed']);
    await expect(fetch(application.monitoringUrl)).rejects.toThrow('fetch failed');
  });

  it('leaves signals alone with ownProcess: false', async () => {
    const before = process.listenerCount('SIGTERM');
    const application = await bootstrap(await create(), { ownProcess: false });
    expect(process.listenerCount('SIGTERM')).toBe(before);
    await application.stop();
  });

  it('releases everything when the start fails', async () => {
    const nest = await create();
    const configure = (_: unknown, launcher: Launcher): void => {
      const init = (): Promise<void> => Promise.reject(new Error('no index'));
      launcher.addInitializer({ init }, { name: 'Broken', order: 1 });
    };
    await expect(bootstrap(nest, { ownProcess: false, configure })).rejects.toThrow(/Broken.*no index/);
    expect(steps.at(-1)).toBe('Index is closed');
    expect(nest.get(Launcher).state).toBe('stopped');
  });

  it('says so when the core module is missing', async () => {
    @Module({})
    class Bare {}
    const nest = await create(Bare);
    const error: unknown = await bootstrap(nest, { ownProcess: false }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CoreMissingError);
    expect(String(error)).toContain('`Bare`');
    await nest.close();
  });

  it('refuses an application that listens already, and leaves it running', async () => {
    const nest = await create();
    await nest.listen(0, '127.0.0.1');
    await expect(bootstrap(nest, { ownProcess: false })).rejects.toThrow(AdoptedTooLateError);
    expect((await fetch(`${await nest.getUrl()}/greeting`)).status).toBe(200);
    await nest.close();
  });
});
