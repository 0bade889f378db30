export { bootApp, type BootAppOptions, BootedApp, type BootWorkerOptions } from './boot-app.js';
export { BootedWorker } from './booted-worker.js';
export { ControlledCheck } from './controlled-check.js';
export { fakeConfig } from './fake-config.js';
export type { MetricLabels } from './metric-value.js';
export type { LogPattern, LogRecord } from './recorded-logs.js';
export type { Answer } from './request.js';
export { LogMissingError, SeveralSeriesError } from './testing.errors.js';
export { memoryCache } from '@eggybyte/core';
