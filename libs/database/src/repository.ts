import 'reflect-metadata';
import { Inject } from '@nestjs/common';
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

/** What a class was decorated with. */
export interface RepositoryMark {
  entity: RegisteredEntity;
  dataSource: string;
}

const mark = DiscoveryService.createDecorator<RepositoryMark>();

/**
 * Makes a repository of a class that extends TypeORM's `Repository`. Listing it in the `providers` of any module is
 * all it takes: its entity is registered, and its table is there when the service starts.
 *
 * @throws ArgumentError at once, for a name of a data source that is none.
 */
export function EggyRepository<E extends ObjectLiteral>(
  entity: (new (...args: never[]) => E) | EntitySchema<E>,
  options: RepositoryOptions = {},
) {
  const dataSource = declareDataSource(options.dataSource);
  return <C extends RepositoryClass<E>>(target: C): void => {
    mark({ entity, dataSource })(target);
    Inject(REPOSITORY_ENTITY)(target, undefined, 0);
    Inject(repositoryManagerToken(dataSource))(target, undefined, 1);
  };
}

/** What a class was decorated with; `undefined` for any other class. */
export function repositoryMark(type: object): RepositoryMark | undefined {
  return Reflect.getMetadata(mark.KEY, type) as RepositoryMark | undefined;
}
