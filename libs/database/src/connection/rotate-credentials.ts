import { isDeepStrictEqual } from 'node:util';
import type { DataSource } from 'typeorm';
import type { Dsn } from '../dsn/dsn.js';
import type { MysqlDriver } from './mysql-driver.js';

/**
 * Lets connections that are made from now on log in as a new DSN says. False where that differs in more than user and
 * password: an open data source cannot go elsewhere.
 */
export function rotateCredentials(dataSource: DataSource, from: Dsn, to: Dsn): boolean {
  // By its property and not by its class, as that is loaded with mysql2.
  const { driver } = dataSource.options as { driver?: Partial<MysqlDriver> };
  if (!driver?.guard || to.kind !== 'mysql') return false;
  if (!isDeepStrictEqual(withoutCredentials(from), withoutCredentials(to))) return false;
  driver.guard.useCredentials(to.user ?? '', to.password);
  return true;
}

function withoutCredentials(dsn: Dsn): object {
  return { ...dsn, user: undefined, password: undefined };
}
