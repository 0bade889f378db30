import 'reflect-metadata';
import {
  type DynamicModule,
  Global,
  Injectable,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { InjectRepository, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, DataSource, type DataSourceOptions, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { EggyLifecycleModule, Launcher } from '@eggybyte/lifecycle';
import { DatabaseHealthChecker } from '../database.health.js';
import { EggyDatabaseModule } from '../database.module.js';
import { EggyRepository } from '../repository.js';
import { NodeSqlite } from '../sqlite/node-sqlite.js';
import { Transactions } from '../transactions/transactions.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Stranger {
  @PrimaryGeneratedColumn() id!: number;
}

@EggyRepository(Item)
class ItemRepository extends Repository<Item> {}

@EggyRepository(Stranger)
class StrangerRepository extends Repository<Stranger> {}

@EggyRepository(Item)
class SeededRepository extends Repository<Item> {
  async initTable(): Promise<void> {}
}

const steps: string[] = [];

/** Tells when it is destroyed. */
class Watched extends DataSource {
  constructor(
    options: DataSourceOptions,
    private readonly label = 'database',
  ) {
    super(options);
  }

  override async destroy(): Promise<void> {
    steps.push(`${this.label} destroyed`);
    await super.destroy();
  }
}

function typeOrm(more: object = {}, name?: string): DynamicModule {
  const options = {
    type: 'better-sqlite3',
    driver: NodeSqlite,
    database: ':memory:',
    entities: [Item],
    retryAttempts: 0,
    ...more,
  };
  return TypeOrmModule.forRootAsync({
    ...(name && { name }),
    useFactory: () => options as TypeOrmModuleOptions,
    dataSourceFactory: async (given) => new Watched(given as DataSourceOptions, name),
  });
}

@Injectable()
class EarlyHook implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.query('SELECT 1');
    steps.push('global hook');
  }
}
@Global()
@Module({ providers: [EarlyHook] })
class EarlyModule {}

@Injectable()
class UserHook implements OnApplicationShutdown {
  constructor(
    private readonly dataSource: DataSource,
    private readonly launcher: Launcher,
  ) {
    void launcher.initialize(
      'index',
      '1s',
      async () => undefined,
      () => this.tell('initializer closed'),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.tell('hook');
  }

  private async tell(step: string): Promise<void> {
    await this.dataSource.query('SELECT 1');
    steps.push(step);
  }
}

const silent = (): void => undefined;
const warnings: unknown[] = [];
const logger = { log: silent, error: silent, warn: (message: unknown) => void warnings.push(message) };

const running = new Set<TestingModule>();
beforeEach(() => {
  Logger.overrideLogger(false);
  steps.splice(0);
  warnings.splice(0);
});
afterEach(() => Promise.all([...running].map(close)));

async function boot(imports: ModuleMetadata['imports'], providers: ModuleMetadata['providers'] = []) {
  const module = await Test.createTestingModule({ imports: imports ?? [], providers })
    .setLogger(logger)
    .compile();
  running.add(module);
  return module.init();
}

async function close(module: TestingModule): Promise<void> {
  running.delete(module);
  await module.close();
}

const existing = () => EggyDatabaseModule.forExisting();
const lifecycle = (launcher = new Launcher()) => EggyLifecycleModule.forRoot({ launcher });

describe('EggyDatabaseModule.forExisting', () => {
  it.each([
    ['before', () => [EarlyModule, typeOrm(), lifecycle(), existing()]],
    ['after', () => [EarlyModule, lifecycle(), existing(), typeOrm()]],
    ['between', () => [existing(), EarlyModule, typeOrm(), lifecycle()]],
  ])('leaves the close to TypeOrmModule, imported %s it, after every hook and closer', async (_, imports) => {
    const module = await boot(imports(), [UserHook]);
    await close(module);

    expect(steps.toSorted()).toEqual(['database destroyed', 'global hook', 'hook', 'initializer closed']);
    expect(steps[0]).toBe('hook');
    expect(steps.at(-1)).toBe('database destroyed');
  });

  it.each([
    ['before', [0, 1, 2]],
    ['after', [0, 2, 1]],
  ])('closes it where Nest runs no hooks (imported %s it), once and with those that have a name', async (_, order) => {
    const launcher = new Launcher();
    const second = typeOrm({ entities: [] }, 'second');
    const imports = [lifecycle(launcher), typeOrm(), existing()];
    const module = await boot([...order.flatMap((index) => imports[index] ?? []), second], [UserHook]);
    await launcher.close();
    expect(steps).toEqual(['initializer closed', 'database destroyed', 'second destroyed']);

    await close(module);
    expect(steps).toHaveLength(3);
  });

  it('closes one that a module of the service provides and nobody else closes', async () => {
    @Global()
    @Module({
      providers: [
        {
          provide: DataSource,
          useFactory: () =>
            new Watched({
              type: 'better-sqlite3',
              driver: NodeSqlite,
              database: ':memory:',
            }).initialize(),
        },
      ],
      exports: [DataSource],
    })
    class OwnModule {}
    const module = await boot([OwnModule, EarlyModule, lifecycle(), existing()]);
    await close(module);

    expect(steps).toEqual(['global hook', 'database destroyed']);
  });

  it('leaves tokens, forFeature and data sources with a name as they are', async () => {
    @Injectable()
    class Shop {
      constructor(@InjectRepository(Item) readonly items: Repository<Item>) {}
    }
    const second = typeOrm({ entities: [Stranger], synchronize: true }, 'second');
    const imports = [typeOrm({ synchronize: true }), second, TypeOrmModule.forFeature([Item]), existing()];
    const module = await boot(imports, [Shop]);

    await module.get(Shop).items.insert({ name: 'Egg' });
    expect(await module.get(DataSource).manager.countBy(Item, { name: 'Egg' })).toBe(1);
    expect(await module.get<DataSource>('secondDataSource').manager.count(Stranger)).toBe(0);
  });

  it('makes repositories of entities that the data source knows', async () => {
    const imports = [typeOrm({ synchronize: true }), existing(), EggyDatabaseModule.forFeature([Item])];
    const module = await boot(imports, [ItemRepository]);

    await module.get(ItemRepository).insert({ name: 'Egg' });
    expect(await module.get(ItemRepository).countBy({ name: 'Egg' })).toBe(1);
  });

  it('creates no table', async () => {
    const module = await boot([typeOrm(), existing()], [ItemRepository]);

    expect(await module.get(DataSource).query('SELECT name FROM sqlite_master')).toEqual([]);
  });

  it.each([
    ['an entity that it does not know', [StrangerRepository], /does not know `Stranger`.*Fix: add the entity/],
    ['initTable, which would never run', [SeededRepository], /initTable of `SeededRepository` would never run/],
  ])('refuses %s and destroys the data source', async (_, providers, message) => {
    await expect(boot([typeOrm(), existing()], providers)).rejects.toMatchObject({
      code: 'EGGY_DATABASE_REPOSITORY',
      message: expect.stringMatching(message),
    });
    expect(steps).toEqual(['database destroyed']);
  });

  it('says so when nobody provides a data source', async () => {
    await expect(boot([existing()])).rejects.toMatchObject({
      code: 'EGGY_DATABASE_NO_DATA_SOURCE',
      fix: expect.stringContaining('import TypeOrmModule.forRoot'),
    });
  });

  it('takes one that is initialized later: down until then, and after its end', async () => {
    const module = await boot([typeOrm({ manualInitialization: true }), existing()], [StrangerRepository]);
    const { signal } = new AbortController();
    const health = module.get(DatabaseHealthChecker, { strict: false });
    const dataSource = module.get(DataSource);

    await expect(health.check(signal)).rejects.toMatchObject({ code: 'EGGY_DATABASE_NOT_OPEN' });
    await dataSource.initialize();
    await health.check(signal);
    await dataSource.destroy();
    await expect(health.check(signal)).rejects.toMatchObject({ code: 'EGGY_DATABASE_NOT_OPEN' });
  });

  it('has a critical check unless it is told otherwise', async () => {
    const critical = await boot([typeOrm(), existing()]);
    const other = await boot([typeOrm(), EggyDatabaseModule.forExisting({ healthCritical: false })]);

    expect(critical.get(DatabaseHealthChecker, { strict: false }).critical).toBe(true);
    expect(other.get(DatabaseHealthChecker, { strict: false }).critical).toBe(false);
  });

  it('refuses transactions where all requests share one connection', async () => {
    const module = await boot([typeOrm(), existing()]);
    const run = module.get(Transactions, { strict: false }).run(async () => 1);

    await expect(run).rejects.toMatchObject({
      code: 'EGGY_DATABASE_UNSUPPORTED',
      why: 'the DataSource is of type `better-sqlite3`',
    });
  });

  it('ends the wait for a server that TypeOrmModule goes on trying when the start is interrupted', async () => {
    const launcher = new Launcher();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const late = new Watched({ type: 'better-sqlite3', driver: NodeSqlite, database: ':memory:' });
    const hanging = TypeOrmModule.forRootAsync({
      useFactory: () => ({ type: 'better-sqlite3', database: ':memory:' }),
      dataSourceFactory: async () => {
        setImmediate(() => launcher.interrupt('SIGTERM'));
        await reached;
        return late.initialize();
      },
    });
    await expect(boot([lifecycle(launcher), hanging, existing()])).rejects.toMatchObject({
      code: 'EGGY_LIFECYCLE_INTERRUPTED',
    });
    await launcher.close();

    // It comes all the same: nobody is left to close it but the one who would have adopted it.
    reach();
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toEqual(['database destroyed']);
    expect(late.isInitialized).toBe(false);
  });
});

describe('synchronize of an existing data source', () => {
  it('is warned of once', async () => {
    await boot([typeOrm({ synchronize: true }), existing()], [ItemRepository]);

    expect(warnings.filter((message) => /synchronize/.test(String(message)))).toHaveLength(1);
  });
});
