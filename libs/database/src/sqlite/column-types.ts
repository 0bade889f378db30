import type { DataSource } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { BetterSqlite3Driver } from 'typeorm/driver/better-sqlite3/BetterSqlite3Driver.js';
import { ColumnTypesError } from './sqlite.errors.js';

type Type = ColumnMetadata['type'];

/** Types of MySQL that SQLite keeps without loss under another name, with what TypeORM takes for that. */
const SAME: ReadonlyMap<Type, Type> = new Map<Type, Type>([
  ['enum', 'simple-enum'],
  ['set', 'simple-array'],
  ['timestamp', 'datetime'],
  ['year', 'integer'],
  ['bool', 'boolean'],
  ['dec', 'decimal'],
  ['fixed', 'decimal'],
  ...(['char', 'national char', 'national varchar'] as const).map((type) => [type, 'varchar'] as const),
  ...(['tinytext', 'mediumtext', 'longtext'] as const).map((type) => [type, 'text'] as const),
  ...(['binary', 'varbinary', 'tinyblob', 'mediumblob', 'longblob'] as const).map((type) => [type, 'blob'] as const),
]);

/** Types of MySQL that come back as something else, or that SQLite cannot compute with. */
const WITHOUT: readonly Type[] = [
  'bit',
  'inet4',
  'inet6',
  'vector',
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
];

const NOW = /^\(?(?:current_timestamp|now)\s*(?:\(\s*(\d*)\s*\))?\)?$/i;

/**
 * Lets entities that are written for MySQL be used on SQLite. Not for `@Entity` classes themselves, as another data
 * source of the process may be a MySQL.
 */
export function mapColumnTypes(dataSource: DataSource): void {
  const driver = dataSource.driver as BetterSqlite3Driver;
  driver.supportedDataTypes = [...driver.supportedDataTypes, ...(WITHOUT as typeof driver.supportedDataTypes)];
  const normalizeType = driver.normalizeType.bind(driver);
  const normalizeDefault = driver.normalizeDefault.bind(driver);
  const persist = driver.preparePersistentValue.bind(driver);
  const hydrate = driver.prepareHydratedValue.bind(driver);
  driver.normalizeType = (column) => normalizeType(mapped(column as ColumnMetadata));
  driver.normalizeDefault = (column) => {
    const { type, default: value } = column;
    if (type === 'set' && Array.isArray(value)) return `'${value.join()}'`;
    const text = normalizeDefault(column);
    const moment = typeof value === 'function' ? NOW.exec(text ?? '') : undefined;
    if (!moment) return text;
    return Number(moment[1] ?? 0) > 0 ? "strftime('%Y-%m-%d %H:%M:%f', 'now')" : "datetime('now')";
  };
  driver.preparePersistentValue = (value: unknown, column) => persist(value, mapped(column)) as unknown;
  driver.prepareHydratedValue = (value: unknown, column) => hydrate(value, mapped(column)) as unknown;
}

/** @throws ColumnTypesError naming every column that SQLite has no way for. */
export function assertColumnTypes({ entityMetadatas }: DataSource): void {
  const without = entityMetadatas.flatMap(({ name, columns }) =>
    columns
      .filter(({ type }) => WITHOUT.includes(type))
      .map(({ propertyName, type }) => `${name}.${propertyName} (${String(type)})`),
  );
  if (without.length > 0) throw new ColumnTypesError(without);
}

function mapped(column: ColumnMetadata): ColumnMetadata {
  const type = SAME.get(column.type);
  return type ? (Object.create(column, { type: { value: type } }) as ColumnMetadata) : column;
}
