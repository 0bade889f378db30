import { AsyncLocalStorage } from 'node:async_hooks';
import type { EggyRuntime } from './runtime.js';

const storage = new AsyncLocalStorage<EggyRuntime>();

/**
 * Lets Nest scan the modules of an application for this runtime. forRoot() is evaluated long before any application
 * exists and may serve several, so its module finds the runtime here; nothing is kept in the process.
 */
export function scanningFor<T>(runtime: EggyRuntime, scan: () => Promise<T>): Promise<T> {
  return storage.run(runtime, scan);
}

/** The runtime that the running scan is for; `undefined` under a plain NestFactory.create. */
export function scannedRuntime(): EggyRuntime | undefined {
  return storage.getStore();
}
