import { type Provider, Scope } from '@nestjs/common';
import { INQUIRER } from '@nestjs/core';
import { RepositoryError } from '../database.errors.js';
import { REPOSITORY_ENTITY } from '../database.tokens.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { repositoryMark } from '../repository.js';

/** What Nest passes first to the constructor of a repository: one per repository, made for the object that asks for it. */
export const repositoryEntity: Provider = {
  provide: REPOSITORY_ENTITY,
  scope: Scope.TRANSIENT,
  inject: [INQUIRER],
  useFactory: (repository: object) => entityFor(repository),
};

function entityFor(repository: object | undefined): RegisteredEntity {
  const type = repository?.constructor;
  const entity = type && repositoryMark(type)?.entity;
  if (entity) return entity;
  throw new RepositoryError(
    `\`${type?.name ?? 'Something'}\` asks for the entity of a repository and is none`,
    'decorate it by @EggyRepository(Entity), and let Nest make it from `providers`',
  );
}
