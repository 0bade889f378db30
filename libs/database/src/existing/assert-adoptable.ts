import type { ModulesContainer } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { RepositoryError } from '../database.errors.js';
import { DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import { discoverEntities } from '../nest/discover-entities.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { UnsupportedDatabaseError } from './existing.errors.js';

/**
 * Refuses what would not work on a data source that is adopted, by name and before anybody uses it: its owner says
 * which entities it has, and nobody creates or fills a table here.
 *
 * @throws RepositoryError, UnsupportedDatabaseError
 */
export function assertAdoptable(dataSource: DataSource, modules: ModulesContainer): void {
  const { type } = dataSource.options;
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
  const { entities } = discoverEntities(modules, DEFAULT_DATA_SOURCE);
  // It knows nothing yet where the service initializes it by itself later.
  const unknown = dataSource.isInitialized ? entities.filter((entity) => !dataSource.hasMetadata(entity)) : [];
  if (unknown.length > 0) {
    throw new RepositoryError(
      `The existing DataSource does not know ${listed(unknown.map(nameOf))}, which @EggyRepository or EggyDatabaseModule.forFeature names`,
      'add the entity to `entities` of TypeOrmModule.forRoot(), or set `autoLoadEntities` and use TypeOrmModule.forFeature()',
    );
  }
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function nameOf(entity: RegisteredEntity): string {
  return typeof entity === 'function' ? entity.name : entity.options.name;
}
