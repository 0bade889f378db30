import { ModuleRef, type ModulesContainer } from '@nestjs/core';
import { FEATURE_ENTITIES } from '../database.tokens.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { entityOfRepository } from '../repository.js';

export type RepositoryType = new (...args: never[]) => object;

/** A repository class that is listed in the providers of a module. */
export interface FoundRepository {
  type: RepositoryType;
  entity: RegisteredEntity;
  /** Of the module that lists it. */
  moduleRef: ModuleRef;
}

export interface FoundEntities {
  /** Each once, deepest module first. */
  entities: RegisteredEntity[];
  repositories: FoundRepository[];
}

/** What the modules of one application register. Works before any provider is made, as it looks at classes only. */
export function discoverEntities(modules: ModulesContainer): FoundEntities {
  const entities = new Set<RegisteredEntity>();
  const repositories = new Map<RepositoryType, FoundRepository>();
  for (const module of [...modules.values()].toSorted((a, b) => b.distance - a.distance)) {
    const moduleRef = module.providers.get(ModuleRef)?.instance as ModuleRef;
    for (const [token, wrapper] of module.providers) {
      if (token === FEATURE_ENTITIES) for (const entity of wrapper.instance as RegisteredEntity[]) entities.add(entity);
      const type = wrapper.isNotMetatype ? undefined : (wrapper.metatype as RepositoryType | null);
      const entity = type ? entityOfRepository(type) : undefined;
      if (!type || !entity) continue;
      entities.add(entity);
      if (!repositories.has(type)) repositories.set(type, { type, entity, moduleRef });
    }
  }
  return { entities: [...entities], repositories: [...repositories.values()] };
}
