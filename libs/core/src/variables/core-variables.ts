import type { ConfigShape } from '@eggybyte/config';
import { cacheVariables } from './cache-variables.js';
import { configVariables } from './config-variables.js';
import { databaseVariables } from './database-variables.js';
import { httpVariables } from './http-variables.js';
import { lifecycleVariables } from './lifecycle-variables.js';
import { loggingVariables } from './logging-variables.js';
import { monitoringVariables } from './monitoring-variables.js';
import { serviceVariables } from './service-variables.js';
import { tracingVariables } from './tracing-variables.js';

/** The variables that every service of the suite understands: name, form, default and meaning. */
export const coreVariables = {
  ...serviceVariables,
  ...httpVariables,
  ...monitoringVariables,
  ...loggingVariables,
  ...lifecycleVariables,
  ...configVariables,
  ...databaseVariables,
  ...cacheVariables,
  ...tracingVariables,
} satisfies ConfigShape;
