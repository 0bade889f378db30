import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { leakedSecrets, withFiles } from '../../support/leaked-secrets.js';

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

describe('withFiles', () => {
  it('knows the secrets that a program is given by files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'given-'));
    try {
      await writeFile(join(folder, 'ADMIN_TOKEN'), 'canary-mounted\n');
      await writeFile(join(folder, 'key'), 'canary-named');
      const env = { CONFIG_DIR: folder, API_KEY_FILE: join(folder, 'key'), OTHER_KEY_FILE: '/nowhere/key' };
      expect(leakedSecrets('canary-mounted canary-named', withFiles(env))).toEqual(['ADMIN_TOKEN', 'API_KEY']);
      expect(leakedSecrets('canary-mounted canary-named', env)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
