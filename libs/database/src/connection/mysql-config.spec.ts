import { describe, expect, it } from '@jest/globals';
import { type DatabaseOptions, resolveDatabaseOptions } from '../database.options.js';
import type { MysqlDsn } from '../dsn/dsn.js';
import { parseDsn } from '../dsn/parse-dsn.js';
import { serverOf } from './ask-server.js';
import { connectionConfig, sessionStatement } from './mysql-config.js';
import { TlsMaterial } from './tls-material.js';

const tlsConfigs = { internal: { ca: 'INTERNAL', servername: 'db.internal' } };
const dsn = (parameters: string): MysqlDsn => parseDsn(`u:p@tcp(db)/shop${parameters}`, { tlsConfigs }) as MysqlDsn;
const config = (parameters: string, options: DatabaseOptions = {}) =>
  connectionConfig(
    dsn(parameters),
    resolveDatabaseOptions(options),
    new TlsMaterial(options.tls, dsn(parameters)).next(),
  );

describe('connectionConfig', () => {
  it('works in UTC, keeps dates as days and big numbers exact', () => {
    expect(config('')).toMatchObject({
      timezone: 'Z',
      dateStrings: ['DATE'],
      supportBigNumbers: true,
      bigNumberStrings: true,
      charset: 'utf8mb4',
      connectTimeout: 5000,
      multipleStatements: false,
    });
    expect(config('')).not.toHaveProperty('ssl');
  });

  it('lets the DSN win over the options', () => {
    expect(config('?timeout=2s', { connectTimeout: '9s' }).connectTimeout).toBe(2000);
    expect(config('', { connectTimeout: '9s' }).connectTimeout).toBe(9000);
  });

  it.each([
    ['?tls=true', { rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' }],
    ['?tls=verify-ca', { rejectUnauthorized: true, verifyIdentity: false }],
    ['?tls=skip-verify', { rejectUnauthorized: false, verifyIdentity: false }],
    ['?tls=internal', { rejectUnauthorized: true, verifyIdentity: true, ca: 'INTERNAL' }],
  ])('checks of the certificate what %s says', (parameters, ssl) => {
    expect(config(parameters).ssl).toMatchObject(ssl);
  });

  it('asks for the certificate of the name that a configuration has', () => {
    expect(config('?tls=internal')).toMatchObject({ host: 'db.internal', stream: expect.any(Function) });
    expect(config('?tls=true')).toMatchObject({ host: 'db' });
    expect(config('?tls=true')).not.toHaveProperty('stream');
  });

  it('takes a collation for the charset', () => {
    expect(config('?charset=utf8mb4&collation=utf8mb4_unicode_ci').charset).toBe('utf8mb4_unicode_ci');
  });

  it('refuses a charset that the driver does not know', () => {
    expect(() => config('?charset=utf99')).toThrow(/utf99/);
  });

  it('hands on what else the DSN says', () => {
    const parameters =
      '?clientFoundRows=false&compress=1&multiStatements=1&parseTime=0&allowCleartextPasswords=1&connectionAttributes=a:b';

    expect(config(parameters)).toMatchObject({
      flags: ['-FOUND_ROWS'],
      compress: true,
      multipleStatements: true,
      dateStrings: true,
      enableCleartextPlugin: true,
      connectAttributes: { a: 'b' },
    });
  });
});

describe('sessionStatement', () => {
  it.each([
    ['', "SET time_zone = '+00:00'"],
    ['?loc=Asia%2FShanghai', "SET time_zone = '+08:00'"],
    ['?sql_mode=%27ANSI%27', "SET time_zone = '+00:00', sql_mode = 'ANSI'"],
    ['?loc=Local', undefined],
  ])('of %j is %j', (parameters, statement) => {
    expect(sessionStatement(dsn(parameters))).toBe(statement);
  });
});

describe('serverOf', () => {
  it.each([
    ['10.11.6-MariaDB-0+deb12u1', 'mariadb'],
    ['5.5.5-10.5.23-MariaDB', 'mariadb'],
    ['8.0.36', 'mysql'],
    ['8.0.11-TiDB-v7.5.1', 'tidb'],
  ])('takes %s for %s', (version, flavour) => {
    expect(serverOf(version)).toEqual({ flavour, version });
  });
});
