import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '@eggybyte/config';
import { CoreConfig } from './eggy-config.js';
import { existingDatabaseOptions } from './options-of.js';

describe('existingDatabaseOptions', () => {
  it.each([
    [{}, true],
    [{ DATABASE_HEALTH_CRITICAL: 'false' }, false],
  ])('takes of %o whether the check is critical, and nothing else', (variables, healthCritical) => {
    const env = { SERVICE_NAME: 'orders', DATABASE_DSN: 'sqlite::memory:', ...variables };
    const config = loadConfig(CoreConfig, { env, directory: '/nowhere', values: {}, facts: {} });

    expect(existingDatabaseOptions(config)).toEqual({ healthCritical });
  });
});
