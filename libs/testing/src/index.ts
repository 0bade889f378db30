export { bootApp, type BootAppOptions, BootedApp } from './boot-app.js';
export { fakeConfig } from './fake-config.js';
export type { LogRecord } from './recorded-logs.js';
export type { Answer } from './request.js';
export { memoryCache } from '@eggybyte/core';
