import type { INestApplication } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { ApplicationSource } from './application-source.js';
import { AdoptedTooLateError, CoreMissingError } from './core.errors.js';
import { EggyCoreModule } from './core.module.js';
import { PlainApplication } from './plain-application.js';
import { EggyRuntime } from './runtime.js';
import { serveHttp } from './serve.js';

/** An application that NestFactory.create has made: its container stands, what comes after is still to do. */
export class AdoptedSource implements ApplicationSource {
  constructor(private readonly app: INestApplication) {}

  async makeRuntime(): Promise<EggyRuntime> {
    const { app } = this;
    // Not app.get(EggyRuntime): where that fails, Nest logs its own error and ends the process.
    const modules = [...app.get(ModulesContainer).values()];
    if (!modules.some(({ metatype }) => metatype === EggyCoreModule)) {
      // The first module is Nest's own.
      throw new CoreMissingError(modules[1]?.name ?? 'the application');
    }
    if (app.get(HttpAdapterHost).listening) throw new AdoptedTooLateError();
    app.get(PlainApplication, { strict: false }).handOver();
    const runtime = app.get(EggyRuntime, { strict: false });
    app.useLogger(runtime.nestLogger);
    // With `bufferLogs` what the container has told so far waits for its logger.
    app.flushLogs();
    return runtime;
  }

  makeContainer(): Promise<INestApplication> {
    return Promise.resolve(this.app);
  }

  serve(app: INestApplication, runtime: EggyRuntime): Promise<string> {
    return serveHttp(app, runtime);
  }
}
