import 'reflect-metadata';
import { Inject } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { EntityManager, EntitySchema, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { REPOSITORY_ENTITY, REPOSITORY_MANAGER } from './database.tokens.js';
import type { RegisteredEntity } from './registered-entity.js';

/** The class that decorates: made by Nest as `new C(entity, manager)`, its other dependencies are properties. */
type RepositoryClass<E extends ObjectLiteral> = new (entity: EntityTarget<E>, manager: EntityManager) => Repository<E>;

interface RepositoryMark {
  entity: RegisteredEntity;
}

const mark = DiscoveryService.createDecorator<RepositoryMark>();

let declared = false;

/** Whether this process has loaded a class with {@link EggyRepository} or called `EggyDatabaseModule.forFeature`. */
export function repositoriesDeclared(): boolean {
  return declared;
}

/** Called by what declares entities. */
export function declareRepositories(): void {
  declared = true;
}

/**
 * Makes a repository of a class that extends TypeORM's `Repository`. Listing it in the `providers` of any module is
 * all it takes: its entity is registered, and its table is there when the service starts.
 */
export function EggyRepository<E extends ObjectLiteral>(entity: (new (...args: never[]) => E) | EntitySchema<E>) {
  declareRepositories();
  return <C extends RepositoryClass<E>>(target: C): void => {
    mark({ entity })(target);
    Inject(REPOSITORY_ENTITY)(target, undefined, 0);
    Inject(REPOSITORY_MANAGER)(target, undefined, 1);
  };
}

/** The entity that a class was decorated with; `undefined` for any other class. */
export function entityOfRepository(type: object): RegisteredEntity | undefined {
  return (Reflect.getMetadata(mark.KEY, type) as RepositoryMark | undefined)?.entity;
}
