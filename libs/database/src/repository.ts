import 'reflect-metadata';
import { Inject } from '@nestjs/common';
import { ArgumentError } from '@eggybyte/errors';
import { DiscoveryService } from '@nestjs/core';
import type { EntityManager, EntitySchema, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { declareDataSource } from './data-source/declared-data-sources.js';
import { REPOSITORY_ENTITY, repositoryManagerToken } from './database.tokens.js';
import type { RegisteredEntity } from './registered-entity.js';

/** The class that decorates: made by Nest as `new C(entity, manager)`, its other dependencies are properties. */
type RepositoryClass<E extends ObjectLiteral> = new (entity: EntityTarget<E>, manager: EntityManager) => Repository<E>;

export interface RepositoryOptions {
  /** Name of the data source that the table is in: lower-case letters and digits, parts joined by - or _. @default "default" */
  dataSource?: string;
}

export interface EggyRepositoryOptions extends RepositoryOptions {
  /**
   * Raise it to have `initTable` run once more, for instance to fill a column that was empty so far. A replica with a
   * lower one runs nothing. @default 1
   */
  version?: number;
}

/** What a class was decorated with. */
export interface RepositoryMark {
  entity: RegisteredEntity;
  dataSource: string;
  version: number;
}

/** Of the column that keeps it. */
const HIGHEST_VERSION = 2_147_483_647;

const mark = DiscoveryService.createDecorator<RepositoryMark>();

/**
 * Makes a repository of a class that extends TypeORM's `Repository`. Listing it in the `providers` of any module is
 * all it takes: its entity is registered, and its table is there when the service starts.
 *
 * @throws ArgumentError at once, for a name of a data source or a version that is none, and for a version of a class
 * without `initTable`.
 */
export function EggyRepository<E extends ObjectLiteral>(
  entity: (new (...args: never[]) => E) | EntitySchema<E>,
  options: EggyRepositoryOptions = {},
) {
  const dataSource = declareDataSource(options.dataSource);
  const { version = 1 } = options;
  if (!Number.isInteger(version) || version < 1 || version > HIGHEST_VERSION) {
    throw new ArgumentError('version', `a whole number from 1 to ${HIGHEST_VERSION}`, version);
  }
  return <C extends RepositoryClass<E>>(target: C): void => {
    if (version > 1 && !('initTable' in target.prototype)) {
      throw new ArgumentError('version', `none, as ${target.name} has no initTable() that it could be for`, version);
    }
    mark({ entity, dataSource, version })(target);
    Inject(REPOSITORY_ENTITY)(target, undefined, 0);
    Inject(repositoryManagerToken(dataSource))(target, undefined, 1);
  };
}

/** What a class was decorated with; `undefined` for any other class. */
export function repositoryMark(type: object): RepositoryMark | undefined {
  return Reflect.getMetadata(mark.KEY, type) as RepositoryMark | undefined;
}
