import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { configTable, ConfigReload, type SourceListener, text, withVariables } from '@eggybyte/config';
import { type DatabaseOptions, EggyRepository } from '@eggybyte/database';
import type { EggyCoreOptions } from '../core.options.js';
import { CoreConfig, eggyConfig } from '../eggy-config.js';
import { loadCoreConfig } from '../load-core-config.js';
import { dataSourceOptions } from '../options-of.js';
import type { EggyRuntime } from '../runtime.js';
import { dataSourceVariables, dsnVariables } from './data-source-variables.js';

EggyRepository(class Order {}, { dataSource: 'reporting' });

const CERT = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----';
const KEY = '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----';
const program = { directory: '/nowhere', name: '@shop/orders', version: '1.2.3' };

const load = (env: Record<string, string> = {}, options: EggyCoreOptions = {}): CoreConfig =>
  loadCoreConfig(options, program, env, true);

function optionsOf(env: Record<string, string>, inKubernetes = false): DatabaseOptions {
  const traits = { inKubernetes, servesHttp: true };
  return dataSourceOptions({ config: load(env), options: {}, program, traits } as EggyRuntime, 'reporting');
}

describe('the variables of a data source with a name', () => {
  it('are known when a repository names it, and are told with the others', () => {
    expect(dsnVariables()).toEqual(['DATABASE_DSN', 'DATABASE_REPORTING_DSN']);
    const config = load({
      DATABASE_REPORTING_DSN: 'app:canary@tcp(db:3306)/stats',
      DATABASE_REPORTING_SLOW_QUERY: '1s',
    });
    expect(config.toJSON()).toMatchObject({
      DATABASE_REPORTING_DSN: '[REDACTED]',
      DATABASE_REPORTING_SLOW_QUERY: 1000,
    });
    expect(config.warnings).toEqual([]);
  });

  it('leave the configuration one of the class of the service', () => {
    class AppConfig extends eggyConfig({ MODE: text({ default: 'calm' }) }) {}
    const config = load({}, { config: AppConfig });
    expect(config).toBeInstanceOf(AppConfig);
    expect(config).toMatchObject({ MODE: 'calm', SERVICE_NAME: 'orders' });
  });

  it('are not there where the suite does not have the database', () => {
    for (const database of [false, 'existing'] as const) {
      expect(load({ DATABASE_REPORTING_DSN: 'nonsense' }, { database })).not.toHaveProperty('DATABASE_REPORTING_DSN');
    }
  });

  it('cannot be those of the service too', () => {
    class AppConfig extends eggyConfig({ DATABASE_REPORTING_DSN: text({ optional: true }) }) {}
    expect(() => load({}, { config: AppConfig })).toThrow(/DATABASE_REPORTING_DSN/);
  });

  it('are told with what was meant', () => {
    const { warnings } = load({ DATABASE_REPORTING_DNS: 'x', DATABASE_ARCHIVE_DSN: 'x' });
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^DATABASE_ARCHIVE_DSN .* not a variable of this configuration$/),
      expect.stringMatching(/^DATABASE_REPORTING_DNS .*: did you mean DATABASE_REPORTING_DSN\?$/),
    ]);
  });

  it('keep to the rules of the default ones, in the one report and without a word of a DSN', () => {
    const wrong = () =>
      load({
        PORT: '80abc',
        DATABASE_REPORTING_DSN: 'app:canary@tcp(db:3306)',
        DATABASE_REPORTING_MIGRATE_DSN: 'app:canary@tcp(db)/',
        DATABASE_REPORTING_TLS_KEY: KEY,
        DATABASE_REPORTING_MAX_OPEN_CONNS: '0',
        DATABASE_REPORTING_TLS_CA: '/etc/ca.crt',
      });
    expect(wrong).toThrow(/6 problems/);
    expect(wrong).toThrow(/DATABASE_REPORTING_DSN \(environment\): .*\[REDACTED\]; there is no slash before the name/);
    expect(wrong).toThrow(/DATABASE_REPORTING_MIGRATE_DSN \(environment\): .*it names no database/);
    expect(wrong).toThrow(/DATABASE_REPORTING_TLS_KEY .*expected DATABASE_REPORTING_TLS_CERT to be set too/);
    expect(wrong).toThrow(/DATABASE_REPORTING_TLS_CA_FILE names a file/);
    expect(wrong).not.toThrow(/canary/);
  });

  it('may change while the service runs where the default ones may', () => {
    const variables = dataSourceVariables(['reporting']);
    const ofDefault = Object.keys(variables).map((name) => name.replace('REPORTING_', ''));
    const schema = CoreConfig.schema as Record<string, { reloadable: boolean; secret: boolean }>;
    expect(Object.values(variables).map(({ reloadable, secret }) => ({ reloadable, secret }))).toEqual(
      ofDefault.map((name) => ({ reloadable: schema[name]?.reloadable, secret: schema[name]?.secret })),
    );
    expect(configTable(withVariables(CoreConfig, variables as never))).toContain('`DATABASE_REPORTING_TLS_CERT`');
  });
});

describe('the options of a data source with a name', () => {
  it('are those of the default one, but where the database is', () => {
    const options = optionsOf({
      DATABASE_DSN: 'sqlite:./default.db',
      DATABASE_MIGRATE_DSN: 'sqlite:./default.db',
      DATABASE_MAX_OPEN_CONNS: '7',
      DATABASE_QUERY_TIMEOUT: '7s',
      DATABASE_HEALTH_CRITICAL: 'false',
      DATABASE_AUTO_MIGRATE: 'check',
    });
    expect(options).toMatchObject({ name: 'reporting', dsn: undefined, migrateDsn: undefined, maxOpenConns: 7 });
    expect(options).toMatchObject({ queryTimeout: 7000, healthCritical: false, autoMigrate: 'check' });
    expect(options.embedded).toBe('/nowhere/.data/orders-reporting.db');
  });

  it('leave the migrations of the service to the default one', () => {
    class Add1700000000001 {
      async up(): Promise<void> {}
      async down(): Promise<void> {}
    }
    const runtime = { config: load({}), options: { migrations: [Add1700000000001] }, program, traits: {} };
    expect(dataSourceOptions(runtime as unknown as EggyRuntime, 'reporting').migrations).toEqual([]);
  });

  it('are its own where its variables say something', () => {
    const options = optionsOf({
      DATABASE_REPORTING_DSN: 'sqlite:./reporting.db',
      DATABASE_REPORTING_MIGRATE_DSN: 'sqlite:./reporting.db',
      DATABASE_REPORTING_MAX_OPEN_CONNS: '2',
      DATABASE_REPORTING_MAX_IDLE_CONNS: '0',
      DATABASE_REPORTING_QUERY_TIMEOUT: '0',
      DATABASE_REPORTING_ACQUIRE_TIMEOUT: '1s',
      DATABASE_REPORTING_SLOW_QUERY: '0',
      DATABASE_REPORTING_HEALTH_CRITICAL: 'false',
      DATABASE_REPORTING_AUTO_MIGRATE: 'off',
    });
    expect(options).toMatchObject({ dsn: 'sqlite:./reporting.db', migrateDsn: 'sqlite:./reporting.db' });
    expect(options).toMatchObject({ maxOpenConns: 2, maxIdleConns: 0, queryTimeout: 0, acquireTimeout: 1000 });
    expect(options).toMatchObject({ healthCritical: false, autoMigrate: 'off' });
    expect((options.slowQuery as () => number)()).toBe(0);
  });

  it.each([
    ['production', false],
    ['development', true],
  ])('have no embedded database in %s, in Kubernetes: %s', (ENVIRONMENT, inKubernetes) => {
    expect(optionsOf({ ENVIRONMENT, SERVICE_NAME: 'orders' }, inKubernetes).embedded).toBeUndefined();
  });

  it('take certificates of the default one as a whole, or none of them', () => {
    const shared = { DATABASE_TLS_CA: CERT, DATABASE_TLS_CERT: CERT, DATABASE_TLS_KEY: KEY };
    const tls = (env: Record<string, string>) => (optionsOf(env).tls as () => unknown)();
    expect(tls(shared)).toEqual({ ca: CERT, cert: CERT, key: KEY });
    expect(tls({ ...shared, DATABASE_REPORTING_TLS_CA: `${CERT} ` })).toEqual({ ca: `${CERT} ` });
  });
});

describe('a reload', () => {
  it('gives a data source its new DSN and threshold', async () => {
    Logger.overrideLogger(false);
    const told = Promise.withResolvers<string>();
    const config = load({ DATABASE_REPORTING_DSN: 'app:old@tcp(db)/x' });
    const options = dataSourceOptions({ config, options: {}, program, traits: {} } as EggyRuntime, 'reporting');
    options.watchDsn?.(told.resolve);
    let listener: SourceListener | undefined;
    const source = {
      name: 'hand',
      start: (given: SourceListener) => void (listener = given),
      stop: async () => undefined,
    };
    const reload = new ConfigReload(config, { sources: [source], overrideEnv: true });
    reload.start();
    const texts = { DATABASE_REPORTING_DSN: 'app:new@tcp(db)/x', DATABASE_REPORTING_SLOW_QUERY: '3s' };
    listener?.onTexts({ texts, version: '1' });

    expect(await told.promise).toBe(texts.DATABASE_REPORTING_DSN);
    expect((options.slowQuery as () => number)()).toBe(3000);
    await reload.stop();
  });
});
