import { describe, expect, it } from '@jest/globals';
import { leakedSecrets } from '../../support/leaked-secrets.js';

describe('leakedSecrets', () => {
  const env = {
    ADMIN_TOKEN: 'a-token-"quoted"',
    API_KEY: 'canary-key',
    DATABASE_DSN: 'eggy:p@ss/word:1@tcp(127.0.0.1:3306)/shop',
    REPORTING_DSN: 'mysql://eggy:p%40ss%2Fother@db/shop',
    CACHE_DSN: 'sqlite::memory:',
    PAGE_KEY: 'short',
    SERVICE_NAME: 'canary-service',
  };

  it.each([
    ['msg: a-token-"quoted"', ['ADMIN_TOKEN']],
    [String.raw`{"msg":"a-token-\"quoted\""}`, ['ADMIN_TOKEN']],
    ['canary-key', ['API_KEY']],
    ['cannot reach eggy:p@ss/word:1@tcp', ['DATABASE_DSN']],
    ['mysql://eggy:p%40ss%2Fword%3A1@db', ['DATABASE_DSN']],
    ['the password is p@ss/other', ['REPORTING_DSN']],
    ['mysql://eggy:p%40ss%2Fother@db/shop', ['REPORTING_DSN']],
    ['canary-service eggy 127.0.0.1:3306 short sqlite::memory: mysql://eggy:[REDACTED]@db', []],
  ])('finds in %p the secrets of %p', (written, names) => {
    expect(leakedSecrets(written, env)).toEqual(names);
  });
});
