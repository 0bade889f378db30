import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configJsonSchema, configMapManifest, configTable, envExample, secretManifest, text } from '@eggybyte/config';
import { EggyRepository } from '@eggybyte/database';
import { CoreConfig, eggyConfig } from './eggy-config.js';
import { loadCoreConfig } from './load-core-config.js';
import { withDataSources } from './with-data-sources.js';

EggyRepository(class Order {}, { dataSource: 'reporting' });

class AppConfig extends eggyConfig({ GREETING: text({ default: 'hello' }) }) {}

const SECRETS = ['DSN', 'MIGRATE_DSN', 'TLS_KEY'].map((what) => `DATABASE_REPORTING_${what}`);
/** The variables that stand in a generated text, commented out or not. */
const namesIn = (generated: string): string[] =>
  [...generated.matchAll(/^(?:# | {2}# )?([A-Z0-9_]+)[=:]/gm)].map(([, name]) => String(name));

describe(withDataSources, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'data-sources-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('puts the variables of a data source that a repository names behind those of the default one', () => {
    const names = namesIn(envExample(withDataSources(AppConfig)));
    const first = names.indexOf('DATABASE_REPORTING_DSN');
    expect(names.slice(first - 1, first + 1)).toEqual(['DATABASE_TLS_KEY', 'DATABASE_REPORTING_DSN']);
    expect(names.slice(first + 11, first + 13)).toEqual(['DATABASE_REPORTING_TLS_KEY', 'CACHE_SERVERS']);
    expect(names.at(-1)).toBe('GREETING');
    expect(names.filter((name) => !name.includes('REPORTING'))).toEqual(namesIn(envExample(AppConfig)));
  });

  it('brings secrets into the Secret and nothing of them into the ConfigMap', () => {
    const Class = withDataSources(AppConfig);
    const [inSecret, inConfigMap] = [secretManifest, configMapManifest].map((manifest) =>
      namesIn(manifest(Class, { name: 'shop' })).filter((name) => name.startsWith('DATABASE_REPORTING_')),
    );
    expect(inSecret).toEqual(SECRETS);
    expect(inConfigMap).toHaveLength(9);
    expect(inConfigMap).not.toEqual(expect.arrayContaining(SECRETS));
  });

  it('shows in the JSON Schema and in the table too', () => {
    const { properties } = configJsonSchema(withDataSources(AppConfig)) as { properties: Record<string, unknown> };
    expect(properties['DATABASE_REPORTING_DSN']).toMatchObject({ writeOnly: true, 'x-reloadable': true });
    expect(properties['DATABASE_REPORTING_MAX_OPEN_CONNS']).toMatchObject({ type: 'integer', maximum: 1000 });
    expect(configTable(withDataSources())).toMatch(/^\| `DATABASE_REPORTING_DSN` .*Reloadable\. *\|$/m);
  });

  it('is what a service loads, so that a filled-in .env is read without a warning', () => {
    const filled = envExample(withDataSources(AppConfig)).replace(
      '# DATABASE_REPORTING_DSN=',
      'DATABASE_REPORTING_DSN=app:pw@tcp(db)/stats',
    );
    writeFileSync(
      join(folder, '.env'),
      filled.replace('# DATABASE_REPORTING_SLOW_QUERY=', 'DATABASE_REPORTING_SLOW_QUERY=3s'),
    );
    const config = loadCoreConfig({ config: AppConfig }, { directory: folder, name: 'shop', version: '1' }, {}, true);

    expect(config).toBeInstanceOf(AppConfig);
    expect(config.warnings).toEqual([]);
    expect(config.snapshot()).toMatchObject({ DATABASE_REPORTING_SLOW_QUERY: 3000, GREETING: 'hello' });
  });

  it('takes names where the modules of the service are not loaded, and leaves a class without any as it is', () => {
    const names = Object.keys(withDataSources(CoreConfig, ['default', 'cold-store', 'reporting']).schema);
    expect(names.filter((name) => name.endsWith('_DSN') && !name.includes('MIGRATE'))).toEqual([
      'DATABASE_DSN',
      'DATABASE_COLD_STORE_DSN',
      'DATABASE_REPORTING_DSN',
    ]);
    expect(withDataSources(AppConfig, ['default'])).toBe(AppConfig);
    expect(() => withDataSources(AppConfig, ['Cold Store'])).toThrow(/a name of a data source/);
  });

  it('refuses a variable of the service that is one of theirs', () => {
    class Clash extends eggyConfig({ DATABASE_REPORTING_DSN: text({ optional: true }) }) {}
    expect(() => withDataSources(Clash)).toThrow(/DATABASE_REPORTING_DSN/);
  });
});
