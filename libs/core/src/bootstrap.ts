import type { INestApplication, Type } from '@nestjs/common';
import { AdoptedSource } from './adopted-source.js';
import { ApplicationRun } from './application-run.js';
import type {
  AdoptionOptions,
  BootstrapOptions,
  EggyApplication,
  EggyWorker,
  WorkerOptions,
} from './bootstrap.options.js';
import { ownProcess } from './own-process.js';
import { RootModuleSource } from './root-module-source.js';

/**
 * Starts the application of a root module, part by part, and resolves when it is ready.
 *
 * From the first moment on SIGTERM and SIGINT stop it in order and end the process. A start that fails is rolled back
 * in reverse, tells its reason in one fatal record and ends the process with 1; with `ownProcess: false` it throws.
 */
export function bootstrap(root: Type, options?: BootstrapOptions): Promise<EggyApplication>;
/** Starts a worker in the same way: without HTTP server, and without `url`. */
export function bootstrap(root: Type, options: WorkerOptions): Promise<EggyWorker>;
/** Goes on with an application made by `NestFactory.create`, from its initializers on, in the same way. */
export function bootstrap(app: INestApplication, options?: AdoptionOptions): Promise<EggyApplication>;
export async function bootstrap(
  of: Type | INestApplication,
  options: BootstrapOptions | WorkerOptions | AdoptionOptions = {},
): Promise<EggyWorker> {
  const source = typeof of === 'function' ? new RootModuleSource(of, options) : new AdoptedSource(of);
  const run = new ApplicationRun(source, options.configure);
  if (options.ownProcess === false) return run.start();
  // First of all: a signal before the handlers are there would kill the process without a word.
  own(run);
  try {
    return await run.start();
  } catch {
    // Whatever ended the start ends the process too, once everything is released.
    return new Promise<never>(() => undefined);
  }
}

function own(run: ApplicationRun): void {
  const member = {
    stop: (reason: string) => run.stop(reason),
    remainingMs: () => run.remainingMs(),
    onRepeat: (signal: NodeJS.Signals) => run.log('ignored, the application is stopping already', { signal }),
    onFatal: (error: unknown) => run.fail('A fatal error', error, { fatal: true }),
  };
  ownProcess.join(member);
  void run.failed.then(() => ownProcess.fail(member, run.exited));
  void run.exited.then((code) => ownProcess.leave(member, code));
}
