/** Injects the resolved options of the database module. */
export const DATABASE_OPTIONS = Symbol('eggybyte:database:options');

// What Nest passes to the constructor of a repository. Not TypeORM's classes: a file that only decorates must not load it.
// Their names appear in Nest's error when the module is not imported.

/** The entity of the repository that is being made. */
export const REPOSITORY_ENTITY = Symbol('the entity, provided by EggyDatabaseModule.forRoot()');

/** The entity manager of the default data source. */
export const REPOSITORY_MANAGER = Symbol('the EntityManager, provided by EggyDatabaseModule.forRoot()');

/** Marks the module that `forFeature` makes with its entities. */
export const FEATURE_ENTITIES = Symbol('eggybyte:database:entities');
