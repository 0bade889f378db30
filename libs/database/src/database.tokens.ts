import { DEFAULT_DATA_SOURCE } from './data-source/data-source-name.js';

/** Injects the resolved options of the database module. */
export const DATABASE_OPTIONS = Symbol('eggybyte:database:options');

/** Marks the module that `forRoot` makes with the name of its data source. */
export const DATA_SOURCE_NAME = Symbol('eggybyte:database:data-source-name');

// What Nest passes to the constructor of a repository. Not TypeORM's classes: a file that only decorates must not load it.
// Their names appear in Nest's error when the module is not imported.

/** The entity of the repository that is being made. */
export const REPOSITORY_ENTITY = Symbol('the entity, provided by EggyDatabaseModule.forRoot()');

/** The entity manager of the default data source. */
export const REPOSITORY_MANAGER = Symbol('the EntityManager, provided by EggyDatabaseModule.forRoot()');

/** The entity manager of a data source; of one with a name it is the token of `@nestjs/typeorm`. */
export function repositoryManagerToken(dataSource: string): string | symbol {
  return dataSource === DEFAULT_DATA_SOURCE ? REPOSITORY_MANAGER : `${dataSource}EntityManager`;
}

/** Marks the module that `forFeature` makes with its entities. */
export const FEATURE_ENTITIES = Symbol('eggybyte:database:entities');
