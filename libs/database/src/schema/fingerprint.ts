import { createHash } from 'node:crypto';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { SchemaIdentity } from './schema-state.js';

/** Of what a fingerprint is made. A change of it makes the first start with a new version of the suite plan once. */
const FORMAT = 2;
/** Of the column that keeps it. */
const VERSION_LENGTH = 100;

/** Whether the migrator looks after the table or view of an entity. */
export function isOwn({ synchronize, tableType }: EntityMetadata): boolean {
  return synchronize && tableType !== 'entity-child';
}

/**
 * What the entities ask for, as a fingerprint: the same for the same entities, whatever the order in which they are
 * registered. Made of the metadata themselves, as it is all that the start on an unchanged schema costs here.
 */
export function identityOf(
  dataSource: DataSource,
  version: string | undefined,
  { migrations, versions }: { migrations: readonly string[]; versions: readonly string[] },
): SchemaIdentity {
  const own = dataSource.entityMetadatas.filter(isOwn);
  const told = own.map((metadata) => JSON.stringify(describe(metadata, dataSource))).toSorted();
  const fingerprint = createHash('sha256');
  fingerprint.update(JSON.stringify([FORMAT, dataSource.options.type, migrations, versions]));
  for (const text of told) fingerprint.update(text);
  const tables = own.filter(({ tableType }) => tableType !== 'view');
  const isEmpty = own.length === 0 && migrations.length === 0;
  return {
    fingerprint: fingerprint.digest('hex'),
    tables: namesOf(tables),
    keyedTables: namesOf(tables.filter(({ foreignKeys }) => foreignKeys.length > 0)),
    isEmpty,
    version: version?.slice(0, VERSION_LENGTH),
  };
}

function namesOf(tables: readonly EntityMetadata[]): string[] {
  return tables.map(({ tableName }) => tableName).toSorted();
}

function describe(metadata: EntityMetadata, dataSource: DataSource): unknown[] {
  const { tablePath, tableType, engine, comment, columns, indices, uniques, checks, foreignKeys } = metadata;
  return [
    [tablePath, tableType, engine, comment],
    columns.filter(({ isVirtualProperty }) => !isVirtualProperty).map((column) => describeColumn(column, dataSource)),
    indices.map((index) => [
      index.name,
      index.columns.map(({ databaseName }) => databaseName),
      index.isUnique,
      index.isFulltext,
      index.isSpatial,
      index.parser,
      index.synchronize,
    ]),
    uniques.map(({ name, columns: parts }) => [name, parts.map(({ databaseName }) => databaseName)]),
    checks.map(({ name, expression }) => [name, expression]),
    foreignKeys.map((key) => [
      key.name,
      key.columnNames,
      key.referencedTablePath,
      key.referencedColumnNames,
      key.onDelete,
      key.onUpdate,
    ]),
  ];
}

function describeColumn(column: ColumnMetadata, { driver }: DataSource): unknown[] {
  const { type } = column;
  return [
    column.databaseName,
    typeof type === 'function' ? type.name : type,
    [column.length, column.precision, column.scale, column.unsigned, column.charset, column.collation],
    [column.isNullable, column.isPrimary, column.isGenerated, column.generationStrategy],
    driver.normalizeDefault(column),
    [column.onUpdate, column.enum, column.comment, column.asExpression, column.generatedType],
    [column.spatialFeatureType, column.srid],
  ];
}
