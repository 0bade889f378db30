import 'reflect-metadata';
import type { ForwardReference } from '@nestjs/common';
import { PARAMTYPES_METADATA, PROPERTY_DEPS_METADATA, SELF_DECLARED_DEPS_METADATA } from '@nestjs/common/constants.js';
import { getDataSourceToken, getEntityManagerToken, getRepositoryToken } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { nameOfDataSource } from '../data-source/data-source-name.js';
import { repositoryManagerToken } from '../database.tokens.js';
import { InitTableError } from '../schema/schema.errors.js';
import { transactionsToken } from '../transactions/inject-transactions.js';
import { Transactions } from '../transactions/transactions.js';
import type { FoundEntities, FoundRepository, RepositoryType } from './discover-entities.js';

interface PropertyDependency {
  key: string | symbol;
  type: unknown;
}

/** Far above what making an object takes; only a dependency that waits for the database gets there. */
const MAKING_MS = 10_000;

/**
 * Repositories for `initTable`, which runs before the database is handed to anybody. Nest makes them in their own
 * modules, property injection included, but apart from those that the application gets: these wait for the database,
 * and a wait inside of what they wait for would never end. So everything of the same data source comes from here.
 */
export class EarlyRepositories {
  readonly #made = new Map<RepositoryType, Promise<object>>();
  readonly #ofDatabase: ReadonlyMap<unknown, () => unknown>;

  constructor(dataSource: DataSource, { entities, repositories }: FoundEntities) {
    const name = nameOfDataSource(dataSource);
    this.#ofDatabase = new Map<unknown, () => unknown>([
      [getDataSourceToken(name), () => dataSource],
      [getEntityManagerToken(name), () => dataSource.manager],
      [repositoryManagerToken(name), () => dataSource.manager],
      [transactionsToken(name), () => new Transactions(dataSource)],
      ...entities.map((entity) => [getRepositoryToken(entity, name), () => dataSource.getRepository(entity)] as const),
      ...repositories.map((found) => [found.type, () => this.make(found, dataSource.manager)] as const),
    ]);
  }

  /** @throws InitTableError when it depends on something that itself waits for the database. */
  async make(found: FoundRepository, manager: EntityManager): Promise<object> {
    const { type } = found;
    const made = this.#made.get(type);
    if (made) return made;
    const properties = (Reflect.getMetadata(PROPERTY_DEPS_METADATA, type) ?? []) as PropertyDependency[];
    const creation = this.#create(
      found,
      manager,
      properties.filter((property) => !this.#provider(property)),
    );
    this.#made.set(type, creation);
    const instance = await creation;
    for (const property of properties) {
      const provider = this.#provider(property);
      if (provider) Reflect.set(instance, property.key, await provider());
    }
    return instance;
  }

  #provider({ type }: PropertyDependency): (() => unknown) | undefined {
    const isReference = typeof type === 'object' && type !== null && 'forwardRef' in type;
    return this.#ofDatabase.get(isReference ? (type as ForwardReference<() => unknown>).forwardRef() : type);
  }

  async #create(
    { type, entity, moduleRef }: FoundRepository,
    manager: EntityManager,
    properties: PropertyDependency[],
  ): Promise<object> {
    const Base = type as unknown as new (...args: unknown[]) => object;
    const Early = class extends Base {
      constructor() {
        super(entity, manager);
      }
    };
    Object.defineProperty(Early, 'name', { value: type.name });
    Reflect.defineMetadata(PARAMTYPES_METADATA, [], Early);
    Reflect.defineMetadata(SELF_DECLARED_DEPS_METADATA, [], Early);
    Reflect.defineMetadata(PROPERTY_DEPS_METADATA, properties, Early);
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    const why = 'one of its properties waits for the database, which is only there when initTable has run';
    const timer = setTimeout(() => reject(new InitTableError(type.name, why)), MAKING_MS);
    try {
      return await Promise.race([moduleRef.create(Early), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}
