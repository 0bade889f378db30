import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '@eggybyte/config';
import { CoreConfig } from './eggy-config.js';
import { existingDatabaseOptions } from './options-of.js';

describe('existingDatabaseOptions', () => {
  it.each([
    [{}, true],
    [{ DATABASE_HEALTH_CRITICAL: 'false' }, false],
  ])('takes of %o whether the check is critical, and what is slow, and nothing else', (variables, healthCritical) => {
    const env = { SERVICE_NAME: 'orders', DATABASE_DSN: 'sqlite::memory:', ...variables };
    const config = loadConfig(CoreConfig, { env, directory: '/nowhere', values: {}, facts: {} });

    const { slowQuery, ...others } = existingDatabaseOptions(config);
    expect(others).toEqual({ healthCritical });
    expect((slowQuery as () => number)()).toBe(200);
  });
});
