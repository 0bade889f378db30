import type { ConfigClass, ConfigInput } from '@eggybyte/config';
import type { coreVariables } from './variables.js';

export interface EggyCoreOptions {
  /** The service's own configuration, made by `eggyConfig({...})`. @default the suite's variables alone */
  config?: ConfigClass<typeof coreVariables>;
  /** Values written in code, weaker than every variable of the environment: `{ PORT: 3000 }`. */
  values?: ConfigInput<typeof coreVariables>;
  /** `false` leaves the database out, whatever DATABASE_DSN says. @default true */
  database?: boolean;
  /** `false` leaves the cache out. @default true */
  cache?: boolean;
}
