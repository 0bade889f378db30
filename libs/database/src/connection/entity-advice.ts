import { messageOf } from '@eggybyte/errors';

const FIXES: Readonly<Record<string, string>> = {
  CircularRelationsError: 'make one of the relations nullable, so that one of the tables can be made first',
  ColumnTypeUndefinedError:
    'give the column a `type`, or compile with `emitDecoratorMetadata` (TypeScript’s own compiler or swc, not esbuild)',
  DataTypeNotSupportedError: 'give the column a type that this database has',
  MissingPrimaryColumnError: 'give the entity a column with @PrimaryColumn() or @PrimaryGeneratedColumn()',
};
/** TypeORM gives it no class of its own. */
const UNREGISTERED = /^Entity metadata for .+ was not found/;
const REGISTER =
  'register the entity that the relation names with the same data source: list its repository in `providers`, or name it in EggyDatabaseModule.forFeature()';
const ANY = 'correct the entity that the reason names, or register the entity it refers to with the same data source';

/** What to do about TypeORM's error in building its metadata, or about a class that was undefined in it. */
export function entityFix(error: unknown): string {
  const name = error instanceof Error ? error.constructor.name : '';
  if (Object.hasOwn(FIXES, name)) return FIXES[name] ?? ANY;
  if (UNREGISTERED.test(messageOf(error))) return REGISTER;
  if (error instanceof TypeError) {
    return 'see whether files of entities import each other in a circle: relations name the other class by `() => Class`, and its property has the type `Relation<Class>`';
  }
  return ANY;
}
