import type { ModulesContainer } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { RepositoryError } from '../database.errors.js';
import { DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import { discoverEntities } from '../nest/discover-entities.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { NoDataSourceError, UnsupportedDatabaseError } from './existing.errors.js';

/**
 * Refuses what would not work on a data source that is adopted, by name and before anybody uses it: its owner says
 * which entities it has, and nobody creates or fills a table here.
 *
 * @throws NoDataSourceError, RepositoryError, UnsupportedDatabaseError
 */
export function assertAdoptable(dataSource: DataSource | undefined, modules: ModulesContainer): void {
  const type = dataSource?.options.type;
  if (type === 'mongodb') {
    throw new UnsupportedDatabaseError('No document database can be adopted', type, 'set `database: false` for it');
  }
  const filling = discoverEntities(modules).repositories.filter((found) => 'initTable' in found.type.prototype);
  if (filling.length > 0) {
    throw new RepositoryError(
      `initTable of ${listed(filling.map((found) => found.type.name))} would never run: no table is created in an existing database`,
      'remove it and fill the table in a migration or an @Initializer(), or let the suite have the database',
    );
  }
  if (dataSource) return assertKnown(dataSource, modules, DEFAULT_DATA_SOURCE);
  // They would be given no manager.
  const { entities } = discoverEntities(modules, DEFAULT_DATA_SOURCE);
  if (entities.length > 0) throw new NoDataSourceError(listed(entities.map(nameOf)));
}

/** @throws RepositoryError for entities that repositories of this name have and the data source has not */
export function assertKnown(dataSource: DataSource, modules: ModulesContainer, name: string): void {
  const { entities } = discoverEntities(modules, name);
  // It knows nothing yet where the service initializes it by itself later.
  const unknown = dataSource.isInitialized ? entities.filter((entity) => !dataSource.hasMetadata(entity)) : [];
  if (unknown.length === 0) return;
  const which = name === DEFAULT_DATA_SOURCE ? 'DataSource' : `DataSource \`${name}\``;
  throw new RepositoryError(
    `The existing ${which} does not know ${listed(unknown.map(nameOf))}, which @EggyRepository or EggyDatabaseModule.forFeature names`,
    'add the entity to `entities` of TypeOrmModule.forRoot(), or set `autoLoadEntities` and use TypeOrmModule.forFeature()',
  );
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function nameOf(entity: RegisteredEntity): string {
  return typeof entity === 'function' ? entity.name : entity.options.name;
}
