import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { configTable, int, loadConfig } from '@eggybyte/config';
import { CoreConfig, eggyConfig } from '../eggy-config.js';
import { coreRules } from './core-rules.js';

const facts = { inKubernetes: false, isTerminal: true, packageName: '@shop/orders', packageVersion: '1.2.3' };

describe('coreVariables', () => {
  it('are the table of the README', () => {
    const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
    const table = configTable(CoreConfig).trim();
    expect(readme.slice(readme.indexOf('| Variable'), readme.indexOf('\n\n', readme.indexOf('| Variable')))).toBe(
      table,
    );
  });

  it('need nothing in development', () => {
    const config = loadConfig(CoreConfig, { env: {}, facts });
    expect(config).toMatchObject({ SERVICE_NAME: 'orders', SERVICE_VERSION: '1.2.3', ENVIRONMENT: 'development' });
    expect(config).toMatchObject({ PORT: 8080, METRICS_PORT: 9090, LOG_FORMAT: 'console', SHUTDOWN_DRAIN_DELAY: 0 });
  });

  it.each(['production', 'staging', 'Development', 'dev'])('want a name of the service in %s', (environment) => {
    expect(() => loadConfig(CoreConfig, { env: { ENVIRONMENT: environment }, facts })).toThrow(/SERVICE_NAME/);
    const env = { ENVIRONMENT: environment, SERVICE_NAME: 'orders' };
    expect(loadConfig(CoreConfig, { env, facts }).LOG_FORMAT).toBe('json');
  });

  it('leave balancers in Kubernetes five seconds', () => {
    expect(loadConfig(CoreConfig, { env: {}, facts: { ...facts, inKubernetes: true } }).SHUTDOWN_DRAIN_DELAY).toBe(
      5000,
    );
  });

  it('tell who gives a path instead of certificates how a file is named', () => {
    expect(() => loadConfig(CoreConfig, { env: { DATABASE_TLS_CA: '/etc/tls/ca.crt' }, facts })).toThrow(
      /expected certificates in PEM \(DATABASE_TLS_CA_FILE names a file that holds them\), got "\/etc\/tls\/ca.crt"/,
    );
  });

  it('know the port by the name of the Go library too', () => {
    expect(loadConfig(CoreConfig, { env: { BUSINESS_HTTP_PORT: '3000' }, facts }).PORT).toBe(3000);
  });
});

describe(coreRules, () => {
  const load = (env: Record<string, string>, http = true, database = true) =>
    loadConfig(CoreConfig, { env, facts, rules: coreRules({ http, database }) });

  it('refuse one port for two servers, by both names', () => {
    expect(() => load({ PORT: '8080', METRICS_PORT: '8080' })).toThrow(
      /METRICS_PORT \(environment\): expected another port than PORT, got 8080/,
    );
    expect(load({ PORT: '0', METRICS_PORT: '0' })).toMatchObject({ PORT: 0, METRICS_PORT: 0 });
    expect(load({ PORT: '9090' }, false)).toMatchObject({ METRICS_PORT: 9090 });
  });

  it('refuse a drain delay that leaves nothing of the shutdown timeout', () => {
    expect(() => load({ SHUTDOWN_DRAIN_DELAY: '29s' })).toThrow(
      /SHUTDOWN_DRAIN_DELAY \(environment\): expected a duration below SHUTDOWN_TIMEOUT.*, got/,
    );
    expect(load({ SHUTDOWN_DRAIN_DELAY: '28s' }).SHUTDOWN_DRAIN_DELAY).toBe(28_000);
  });

  it('refuse a certificate without its key, and a key without its certificate', () => {
    const cert = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----';
    const key = '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----';
    expect(() => load({ DATABASE_TLS_CERT: cert })).toThrow(
      /DATABASE_TLS_CERT \(environment\): expected DATABASE_TLS_KEY to be set too/,
    );
    expect(() => load({ DATABASE_TLS_KEY: key })).toThrow(
      /DATABASE_TLS_KEY \(environment\): expected DATABASE_TLS_CERT to be set too, got \[REDACTED\]/,
    );
    expect(load({ DATABASE_TLS_CERT: cert, DATABASE_TLS_KEY: key }).DATABASE_TLS_KEY?.reveal()).toBe(key);
  });

  it.each([
    ['CACHE_USERNAME', 'CACHE_PASSWORD'],
    ['CACHE_PASSWORD', 'CACHE_USERNAME'],
  ])('refuse %s without %s', (one, other) => {
    expect(() => load({ [one]: 'canary' })).toThrow(
      new RegExp(`${one} \\(environment\\): expected ${other} to be set too`),
    );
    expect(load({ [one]: 'canary', [other]: 'canary' })).toMatchObject({ CACHE_USERNAME: 'canary' });
  });

  it('refuse authorities for a cache that is reached without TLS', () => {
    const CACHE_TLS_CA = '-----BEGIN CERTIFICATE-----';
    expect(() => load({ CACHE_TLS_CA })).toThrow(
      /CACHE_TLS \(default\): expected true, as CACHE_TLS_CA is set, got false/,
    );
    expect(load({ CACHE_TLS_CA, CACHE_TLS: 'true' }).CACHE_TLS).toBe(true);
  });

  it('refuse a DSN that is none, and say why without a word of it', () => {
    expect(() => load({ DATABASE_DSN: 'app:canary@tcp(db:3306)' })).toThrow(
      /DATABASE_DSN \(environment\): expected where a database is: .*, got \[REDACTED\]; there is no slash before the name of the database$/m,
    );
    expect(() => load({ DATABASE_DSN: 'app:canary@tcp(db:3306)' })).not.toThrow(/canary/);
    expect(() => load({ DATABASE_DSN: 'app:canary@tcp(db)/' })).toThrow(/it names no database: write the name after/);
    expect(load({ DATABASE_DSN: 'app:canary@tcp(db:3306)' }, true, false).DATABASE_DSN).toBeDefined();
    expect(load({ DATABASE_DSN: 'app:canary@tcp(db:3306)/shop' }).DATABASE_DSN).toBeDefined();
  });

  it('are part of the one report, and are not asked about what is wrong already', () => {
    const wrong = { PORT: '80abc', METRICS_PORT: '80abc', SHUTDOWN_DRAIN_DELAY: '40s', LOG_LEVEL: 'loud' };
    expect(() => load(wrong)).toThrow(/^The configuration has 4 problems:\n/);
  });
});

describe(eggyConfig, () => {
  it('adds variables to those of the suite', () => {
    class AppConfig extends eggyConfig({ PAGE_SIZE: int({ default: 20 }) }) {}
    const config = loadConfig(AppConfig, { env: { PORT: '1' }, facts });
    expect([config.PAGE_SIZE, config.PORT]).toEqual([20, 1]);
  });

  it('refuses a variable that the suite reads itself', () => {
    // @ts-expect-error it does not compile either
    expect(() => eggyConfig({ PORT: int() })).toThrow(/PORT/);
  });
});
