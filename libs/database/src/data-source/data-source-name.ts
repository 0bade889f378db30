import { Logger } from '@nestjs/common';
import { ArgumentError } from '@eggybyte/errors';

/** Name of the data source that is meant when none is said. */
export const DEFAULT_DATA_SOURCE = 'default';

const NAME = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;
const LONGEST = 32;
/** The DSN of `x-migrate` would be the variable of the migrator of `x`. */
const TAKEN = /(?:^|[-_])migrate$/;

const EXPECTED =
  'a name of a data source: lower-case letters and digits, parts joined by - or _, at most 32 characters, not ending in `migrate`';

/** @throws ArgumentError for what is no name of a data source */
export function dataSourceName(name: string = DEFAULT_DATA_SOURCE, argument: string = 'dataSource'): string {
  if (typeof name === 'string' && NAME.test(name) && name.length <= LONGEST && !TAKEN.test(name)) return name;
  throw new ArgumentError(argument, EXPECTED, name);
}

/**
 * Variable of a data source: `DSN` of `reporting` is DATABASE_REPORTING_DSN, that of the default one DATABASE_DSN.
 *
 * @throws ArgumentError for what is no name of a data source
 */
export function databaseVariable(name: string, what: string): string {
  dataSourceName(name);
  const own = name === DEFAULT_DATA_SOURCE ? '' : `${name.replaceAll('-', '_').toUpperCase()}_`;
  return `DATABASE_${own}${what}`;
}

/** What belongs to a data source among others of its kind: `database` of the default one, `database-reporting`. */
export function ofDataSource(name: string, what: string): string {
  return name === DEFAULT_DATA_SOURCE ? what : `${what}-${name.replaceAll('_', '-')}`;
}

/** Name of a data source that `openDatabase` has made; any other one is a default one. */
export function nameOfDataSource(dataSource: object | undefined): string {
  const { name } = (dataSource ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : DEFAULT_DATA_SOURCE;
}

/** Its context names the data source where that is not the default one: `Database:reporting`. */
export function loggerOf(context: string, name: string): Logger {
  return new Logger(name === DEFAULT_DATA_SOURCE ? context : `${context}:${name}`);
}
