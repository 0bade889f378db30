import { ModuleRef, type ModulesContainer } from '@nestjs/core';
import { FEATURE_ENTITIES } from '../database.tokens.js';
import type { FeatureEntities } from './feature-entities.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { repositoryMark } from '../repository.js';

export type RepositoryType = new (...args: never[]) => object;

/** A repository class that is listed in the providers of a module. */
export interface FoundRepository {
  type: RepositoryType;
  entity: RegisteredEntity;
  version: number;
  /** Of the module that lists it. */
  moduleRef: ModuleRef;
}

export interface FoundEntities {
  /** Each once, deepest module first. */
  entities: RegisteredEntity[];
  repositories: FoundRepository[];
}

/**
 * What the modules of one application register for a data source, or for any. Works before any provider is made, as it
 * looks at classes only.
 */
export function discoverEntities(modules: ModulesContainer, dataSource?: string): FoundEntities {
  const isMeant = (name: string): boolean => dataSource === undefined || name === dataSource;
  const entities = new Set<RegisteredEntity>();
  const repositories = new Map<RepositoryType, FoundRepository>();
  for (const module of [...modules.values()].toSorted((a, b) => b.distance - a.distance)) {
    const moduleRef = module.providers.get(ModuleRef)?.instance as ModuleRef;
    for (const [token, wrapper] of module.providers) {
      const feature = token === FEATURE_ENTITIES ? (wrapper.instance as FeatureEntities) : undefined;
      if (feature && isMeant(feature.dataSource)) for (const entity of feature.entities) entities.add(entity);
      const type = wrapper.isNotMetatype ? undefined : (wrapper.metatype as RepositoryType | null);
      const mark = type ? repositoryMark(type) : undefined;
      if (!type || !mark || !isMeant(mark.dataSource)) continue;
      entities.add(mark.entity);
      if (!repositories.has(type))
        repositories.set(type, { type, entity: mark.entity, version: mark.version, moduleRef });
    }
  }
  return { entities: [...entities], repositories: [...repositories.values()] };
}
