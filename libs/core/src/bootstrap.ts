import type { Type } from '@nestjs/common';
import { ApplicationRun } from './application-run.js';
import type { BootstrapOptions, EggyApplication } from './bootstrap.options.js';
import { ownProcess } from './own-process.js';

/**
 * Starts the application of a root module, part by part, and resolves when it is ready.
 *
 * From the first moment on SIGTERM and SIGINT stop it in order and end the process. A start that fails is rolled back
 * in reverse, tells its reason in one fatal record and ends the process with 1; with `ownProcess: false` it throws.
 */
export async function bootstrap(root: Type, options: BootstrapOptions = {}): Promise<EggyApplication> {
  const run = new ApplicationRun(root, options);
  if (options.ownProcess === false) return run.start();
  // First of all: a signal before the handlers are there would kill the process without a word.
  ownProcess(run);
  try {
    return await run.start();
  } catch {
    return process.exit(await run.exited);
  }
}
