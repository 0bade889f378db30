import type { EntitySchema } from 'typeorm';

/** What TypeORM takes as an entity: a class with `@Entity()`, or a schema. */
export type RegisteredEntity = (new (...args: never[]) => object) | EntitySchema;
