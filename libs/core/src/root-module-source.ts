import type { INestApplication, Type } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { NoServerAdapter } from '@eggybyte/http';
import type { LauncherEvents } from '@eggybyte/lifecycle';
import type { LogDestination } from '@eggybyte/logging';
import { obtainAdapter } from './adapter.js';
import type { ApplicationSource } from './application-source.js';
import type { BootstrapOptions, WorkerOptions } from './bootstrap.options.js';
import { findCoreOptions } from './find-core-options.js';
import { EggyRuntime } from './runtime.js';
import { scanningFor } from './scan-context.js';
import { serveHttp, serveNothing } from './serve.js';

/** An application or a worker that is made of its root module, from the first phase on. */
export class RootModuleSource implements ApplicationSource {
  constructor(
    private readonly root: Type,
    private readonly options: BootstrapOptions | WorkerOptions,
  ) {}

  get logTo(): LogDestination | undefined {
    return this.options.logTo;
  }

  async makeRuntime(events: LauncherEvents): Promise<EggyRuntime> {
    const { env, logTo, http } = this.options;
    return EggyRuntime.create(await findCoreOptions(this.root), { env, logTo, http }, events);
  }

  makeContainer(runtime: EggyRuntime): Promise<INestApplication> {
    const { createNest = NestFactory.create.bind(NestFactory) } = this.options;
    return runtime.launcher.events.phase('register business services', async () => {
      const adapter = await this.#adapter(runtime);
      const options = { abortOnError: false, logger: runtime.nestLogger };
      return scanningFor(runtime, () => createNest(this.root, adapter, options));
    });
  }

  serve(app: INestApplication, runtime: EggyRuntime): Promise<string | undefined> {
    return this.options.http === false ? serveNothing(app) : serveHttp(app, runtime);
  }

  async #adapter({ config }: EggyRuntime): Promise<AbstractHttpAdapter> {
    return this.options.http === false ? new NoServerAdapter() : obtainAdapter(this.options.adapter, config);
  }
}
