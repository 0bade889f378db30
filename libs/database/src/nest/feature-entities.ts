import type { RegisteredEntity } from '../registered-entity.js';

/** What one call of `forFeature` registers. */
export interface FeatureEntities {
  dataSource: string;
  entities: readonly RegisteredEntity[];
}
