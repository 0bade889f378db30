export { bootApp, type BootAppOptions, BootedApp, type BootWorkerOptions } from './boot-app.js';
export { BootedWorker } from './booted-worker.js';
export { fakeConfig } from './fake-config.js';
export type { LogRecord } from './recorded-logs.js';
export type { Answer } from './request.js';
export { memoryCache } from '@eggybyte/core';
