import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { InjectRepository } from '@nestjs/typeorm';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Column, DataSource, Entity, EntityManager, ManyToOne, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { Launcher } from '@eggybyte/lifecycle';
import { EggyDatabaseModule } from './database.module.js';
import type { DatabaseOptions } from './database.options.js';
import { EggyRepository } from './repository.js';
import type { InitTableContext, TableInitializer } from './schema/table-initializer.js';
import { Transactions } from './transactions/transactions.js';

@Entity()
class Category {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Product {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column({ default: 0 }) stock!: number;
  @ManyToOne(() => Category, { nullable: true }) category?: Category | null;
}

class Clock {
  readonly year = 1999;
}

@EggyRepository(Category)
class CategoryRepository extends Repository<Category> {
  byName(name: string): Promise<Category> {
    return this.findOneByOrFail({ name });
  }
}

@EggyRepository(Product)
class ProductRepository extends Repository<Product> implements TableInitializer {
  @Inject() readonly clock!: Clock;
  @Inject() readonly categories!: CategoryRepository;
  @Inject(Transactions) readonly transactions!: Transactions;

  async initTable({ manager, created }: InitTableContext): Promise<void> {
    const category = await manager.save(Category, { name: `made in ${this.clock.year}, created ${created}` });
    const same = await this.categories.byName(category.name);
    await this.transactions.run(() => this.save({ name: 'Egg', category: same }));
  }
}

@Injectable()
class Shop {
  constructor(
    readonly products: ProductRepository,
    @InjectRepository(Category) readonly categories: Repository<Category>,
    readonly manager: EntityManager,
    readonly dataSource: DataSource,
  ) {}
}

@Module({ providers: [Clock, CategoryRepository, ProductRepository], exports: [ProductRepository] })
class ProductsModule {}

const opened: TestingModule[] = [];
afterEach(async () => {
  for (const module of opened.splice(0)) await module.close();
});

async function boot(options: DatabaseOptions, more: ModuleMetadata = {}): Promise<TestingModule> {
  const imports = [EggyDatabaseModule.forRoot(options), ...(more.imports ?? [])];
  const module = await Test.createTestingModule({ ...more, imports }).compile();
  opened.push(module);
  await module.init();
  return module;
}

const MEMORY = { dsn: 'sqlite::memory:' };

describe('EggyDatabaseModule', () => {
  it('makes a listed repository, with its properties, and its table', async () => {
    const app = await boot(MEMORY, { imports: [ProductsModule] });
    const products = app.get(ProductRepository, { strict: false });

    expect(products.constructor).toBe(ProductRepository);
    expect(products.target).toBe(Product);
    expect(products.clock).toBe(app.get(Clock, { strict: false }));
    await products.save({ name: 'Hen' });
    expect(await products.countBy({ name: 'Hen' })).toBe(1);
  });

  it('runs initTable with the dependencies of the repository, before anybody gets one', async () => {
    const app = await boot(MEMORY, { imports: [ProductsModule] });
    const products = app.get(ProductRepository, { strict: false });

    expect(await products.find({ relations: { category: true } })).toMatchObject([
      { name: 'Egg', category: { name: 'made in 1999, created true' } },
    ]);
  });

  it('provides data source, manager and forFeature repositories under the tokens of @nestjs/typeorm', async () => {
    const imports = [ProductsModule, EggyDatabaseModule.forFeature([Category])];
    const app = await boot(MEMORY, { imports, providers: [Shop] });
    const shop = app.get(Shop);

    expect(shop.manager).toBe(shop.dataSource.manager);
    expect(shop.categories.target).toBe(Category);
    expect(await shop.categories.count()).toBe(1);
    expect(shop.dataSource.entityMetadatas.map(({ name }) => name).toSorted()).toEqual(['Category', 'Product']);
  });

  it('registers entities that have no repository class', async () => {
    const app = await boot(MEMORY, { imports: [EggyDatabaseModule.forFeature([Category])] });

    expect(await app.get(DataSource, { strict: false }).getRepository(Category).count()).toBe(0);
  });

  it('keeps two applications in one process apart', async () => {
    const [one, two] = await Promise.all([
      boot(MEMORY, { imports: [ProductsModule] }),
      boot(MEMORY, { providers: [CategoryRepository] }),
    ]);

    await one.get(CategoryRepository, { strict: false }).save({ name: 'only here' });
    expect(await two.get(CategoryRepository).count()).toBe(0);
    expect(two.get(DataSource).entityMetadatas.map(({ name }) => name)).toEqual(['Category']);
  });

  it('finds a repository under another token', async () => {
    const app = await boot(MEMORY, { providers: [{ provide: 'categories', useClass: CategoryRepository }] });

    expect(await app.get<CategoryRepository>('categories').count()).toBe(0);
  });

  it('opens nothing when there is neither a DSN nor an entity', async () => {
    const app = await boot({ embedded: 'never.db' });

    expect(app.get(DataSource)).toBeUndefined();
  });

  it('connects when there is a DSN and no entity', async () => {
    expect((await boot(MEMORY)).get(DataSource).isInitialized).toBe(true);
  });

  it('refuses to start when entities are registered and nobody says where the database is', async () => {
    const start = boot({}, { providers: [CategoryRepository] });

    await expect(start).rejects.toMatchObject({ code: 'EGGY_DATABASE_DSN_MISSING' });
    await expect(start).rejects.toThrow(/Category.*DATABASE_DSN/);
  });

  it('uses the embedded file when there is no DSN, folder included, and finds its rows again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eggy-database-'));
    try {
      const options = { dsn: '', embedded: join(folder, 'new', 'shop.db') };
      for (const expected of [0, 1]) {
        const app = await boot(options, { providers: [CategoryRepository] });
        const categories = app.get(CategoryRepository);
        expect(await categories.count()).toBe(expected);
        await categories.insert({ name: 'Eggs' });
        await app.close();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('takes its options from other providers', async () => {
    @Module({ providers: [{ provide: 'where', useValue: 'sqlite::memory:' }], exports: ['where'] })
    class WhereModule {}
    const root = EggyDatabaseModule.forRootAsync({
      imports: [WhereModule],
      inject: ['where'],
      useFactory: (dsn: string) => ({ dsn }),
    });
    const app = await Test.createTestingModule({ imports: [root], providers: [CategoryRepository] }).compile();
    opened.push(app);

    expect(await app.get(CategoryRepository).count()).toBe(0);
  });

  it('names the repository and its missing module when the database module is not imported', async () => {
    const start = Test.createTestingModule({ providers: [CategoryRepository] }).compile();

    await expect(start).rejects.toThrow(/CategoryRepository.*EggyDatabaseModule\.forRoot/s);
  });

  it('closes through the launcher where there is one, and not by the hooks of Nest', async () => {
    const launcher = new Launcher();
    @Module({ providers: [{ provide: Launcher, useValue: launcher }], exports: [Launcher] })
    class LifecycleModule {}
    const app = await boot(MEMORY, { imports: [{ module: LifecycleModule, global: true }] });
    const dataSource = app.get(DataSource);

    await app.close();
    expect(dataSource.isInitialized).toBe(true);
    await launcher.close();
    expect(dataSource.isInitialized).toBe(false);
  });

  it('closes at the shutdown of Nest where there is no launcher', async () => {
    const app = await boot(MEMORY);
    const dataSource = app.get(DataSource);

    await app.close();
    expect(dataSource.isInitialized).toBe(false);
  });

  it('names the entity whose relation leads nowhere', async () => {
    @EggyRepository(Product)
    class Alone extends Repository<Product> {}
    const start = boot(MEMORY, { providers: [Alone] });

    await expect(start).rejects.toMatchObject({ code: 'EGGY_DATABASE_ENTITIES' });
    await expect(start).rejects.toThrow(/Product#category/);
  });
});

describe('EggyRepository', () => {
  it('takes only repositories of its entity', () => {
    // @ts-expect-error -- another entity
    const wrong = () => EggyRepository(Product)(CategoryRepository);
    // @ts-expect-error -- no repository
    const none = () => EggyRepository(Product)(Clock);

    expect([wrong, none]).toHaveLength(2);
  });
});
