import 'reflect-metadata';
import { Inject, Injectable, Logger, Module, type ModuleMetadata } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { InjectDataSource, InjectEntityManager, InjectRepository } from '@nestjs/typeorm';
import { Launcher, type LauncherEvent } from '@eggybyte/lifecycle';
import { Metrics } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Column, DataSource, Entity, EntityManager, ManyToOne, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { DatabaseHealthChecker } from './database.health.js';
import { EggyDatabaseModule } from './database.module.js';
import { EggyRepository } from './repository.js';
import { SchemaHealthChecker } from './schema/schema.health.js';
import type { TableInitializer } from './schema/table-initializer.js';
import { InjectTransactions } from './transactions/inject-transactions.js';
import { Transactional } from './transactions/transactional.js';
import { Transactions } from './transactions/transactions.js';

@Entity()
class User {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity()
class Order {
  @PrimaryGeneratedColumn() id!: number;
  @Column() item!: string;
}

@EggyRepository(User)
class Users extends Repository<User> {}

@EggyRepository(Order, { dataSource: 'reporting' })
class Orders extends Repository<Order> implements TableInitializer {
  @InjectTransactions('reporting') readonly transactions!: Transactions;
  @InjectRepository(Order, 'reporting') readonly plain!: Repository<Order>;
  @InjectDataSource('reporting') readonly dataSource!: DataSource;
  @Inject() readonly users!: Users;

  async initTable(): Promise<void> {
    const name = `of ${(await this.users.find()).length} users`;
    await this.transactions.run(() => this.plain.insert({ item: name }));
  }
}

/** Without a wish of its own. */
@EggyRepository(Order, { dataSource: 'reporting' })
class PlainOrders extends Repository<Order> {}

@Injectable()
class Office {
  readonly done: string[] = [];
  @InjectRepository(User, 'reporting') readonly copies!: Repository<User>;

  constructor(
    readonly users: Users,
    readonly orders: Orders,
    readonly transactions: Transactions,
    @InjectTransactions('reporting') readonly reporting: Transactions,
    @InjectDataSource() readonly dataSource: DataSource,
    @InjectDataSource('reporting') readonly reportingSource: DataSource,
    @InjectEntityManager('reporting') readonly reportingManager: EntityManager,
  ) {}

  @Transactional()
  async hire(name: string, undo = false): Promise<void> {
    await this.users.insert({ name });
    await this.order(`desk of ${name}`);
    this.transactions.afterCommit(() => void this.done.push(name));
    if (undo) throw new Error('undo');
  }

  @Transactional({ dataSource: 'reporting' })
  async order(item: string, undo = false): Promise<void> {
    await this.orders.insert({ item });
    this.reporting.afterCommit(() => void this.done.push(item));
    if (undo) throw new Error('undo');
  }
}

const MEMORY = 'sqlite::memory:';
const named = (name: string) => EggyDatabaseModule.forRoot({ name, dsn: MEMORY });
const roots = () => [named('reporting'), named('default')];

const opened: TestingModule[] = [];
beforeEach(() => Logger.overrideLogger(false));
afterEach(async () => {
  jest.restoreAllMocks();
  for (const app of opened.splice(0)) await app.close();
});

async function boot({ imports = [], ...rest }: ModuleMetadata): Promise<TestingModule> {
  const app = await Test.createTestingModule({ ...rest, imports: [...imports] }).compile();
  opened.push(app);
  return app.init();
}

async function office(): Promise<Office> {
  const imports = [...roots(), EggyDatabaseModule.forFeature([Order, User], { dataSource: 'reporting' })];
  return (await boot({ imports, providers: [Users, Orders, Office] })).get(Office);
}

const tables = async (dataSource: DataSource): Promise<string[]> => {
  const rows: { name: string }[] = await dataSource.query("SELECT name FROM sqlite_master WHERE type = 'table'");
  return rows.map(({ name }) => name).filter((name) => !/^(?:eggy|sqlite)_/.test(name));
};

describe('two data sources of one application', () => {
  it('have their own tables, and an entity of both has two', async () => {
    const { dataSource, reportingSource, users, copies } = await office();
    await users.insert({ name: 'Ada' });

    expect(await tables(dataSource)).toEqual(['user']);
    expect((await tables(reportingSource)).toSorted()).toEqual(['order', 'user']);
    expect([await users.count(), await copies.count()]).toEqual([1, 0]);
  });

  it('are under the tokens of @nestjs/typeorm with the name', async () => {
    const { orders, copies, reportingSource, reportingManager, dataSource } = await office();

    expect(reportingSource).not.toBe(dataSource);
    expect(reportingManager).toBe(reportingSource.manager);
    expect([orders.manager, orders.plain.manager, copies.manager]).toEqual(Array(3).fill(reportingManager));
    expect(orders.dataSource).toBe(reportingSource);
  });

  it('fill their tables by initTable, which may ask those that were opened before', async () => {
    expect(await (await office()).orders.find()).toMatchObject([{ item: 'of 0 users' }]);
  });

  it('have transactions of their own, and neither takes the other along', async () => {
    const shop = await office();
    await shop.orders.clear();
    await expect(shop.hire('Ada', true)).rejects.toThrow('undo');
    expect([await shop.users.count(), await shop.orders.count()]).toEqual([0, 1]);

    await shop.transactions.run(async () => {
      await shop.users.insert({ name: 'Bob' });
      await expect(shop.order('chair', true)).rejects.toThrow('undo');
    });
    expect([await shop.users.count(), await shop.orders.count()]).toEqual([1, 1]);
    expect(shop.done).toEqual(['desk of Ada']);
  });

  it('have checks of their own', async () => {
    const { dataSource, reportingSource } = await office();
    const checks = [
      new DatabaseHealthChecker(dataSource),
      new DatabaseHealthChecker(reportingSource, false, 'reporting'),
    ];

    expect(checks.map(({ name, critical }) => [name, critical])).toEqual([
      ['database', true],
      ['database-reporting', false],
    ]);
  });

  it('are unready apart while a schema lacks something, by the variable that changes that', async () => {
    const checked = EggyDatabaseModule.forRoot({ name: 'reporting', dsn: MEMORY, autoMigrate: 'check' });
    const app = await boot({ imports: [named('default'), checked], providers: [Users, PlainOrders] });
    const modules = [...app.get(ModulesContainer).values()];
    const schema = modules.map(({ providers }) => providers.get(SchemaHealthChecker)?.instance as SchemaHealthChecker);
    const [only, ...others] = schema.filter(Boolean);

    expect([only?.name, others]).toEqual(['schema-reporting', []]);
    await expect(only?.check(AbortSignal.timeout(5000))).rejects.toThrow(/DATABASE_REPORTING_AUTO_MIGRATE=apply/);
  });

  it('tell their drift apart', async () => {
    const metrics = new Metrics();
    @Module({ providers: [{ provide: Metrics, useValue: metrics }], exports: [Metrics] })
    class MetricsModule {}
    await boot({ imports: [{ module: MetricsModule, global: true }, ...roots()], providers: [Users, PlainOrders] });
    const text = await metrics.registry.metrics();

    for (const name of ['default', 'reporting']) {
      expect(text).toContain(`eggy_database_schema_drift{severity="warn",data_source="${name}"} 0\n`);
    }
  });

  it('say in the log which of them is meant', async () => {
    const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(function (this: { context?: string }) {
      told.add(String(this.context));
    });
    const told = new Set<string>();
    await office();

    expect([...told]).toEqual(expect.arrayContaining(['SchemaMigrator', 'SchemaMigrator:reporting']));
    expect(log).toHaveBeenCalled();
  });
});

describe('the order of several data sources', () => {
  it('is the default one first, then as they are imported, and closed in reverse', async () => {
    const launcher = new Launcher();
    const events: string[] = [];
    launcher.events.onEvent((event: LauncherEvent) => {
      if (/^initializer\.(?:started|finished|closed)$/.test(event.kind) && 'name' in event) {
        events.push(`${event.name} ${event.kind.replace('initializer.', '')}`);
      }
    });
    @Module({ providers: [{ provide: Launcher, useValue: launcher }], exports: [Launcher] })
    class LifecycleModule {}
    const all = [named('reporting'), named('archive'), named('default')];
    // Whoever asks for one early does not change it.
    @Injectable()
    class Early {
      constructor(@InjectDataSource('archive') readonly dataSource: DataSource) {}
    }
    const lifecycle = { module: LifecycleModule, global: true };
    await boot({ imports: [lifecycle, ...all], providers: [Early, Users, PlainOrders] });
    await launcher.close();

    const names = ['database', 'database:reporting', 'database:archive'];
    expect(events).toEqual([
      ...names.flatMap((name) => [`${name} started`, `${name} finished`]),
      ...names.toReversed().map((name) => `${name} closed`),
    ]);
  });

  it('is the same where Nest closes them', async () => {
    const app = await boot({ imports: roots(), providers: [Users, PlainOrders] });
    const closed: string[] = [];
    for (const [name, token] of Object.entries({ default: DataSource, reporting: 'reportingDataSource' })) {
      const dataSource = app.get<DataSource>(token);
      const destroy = dataSource.destroy.bind(dataSource);
      dataSource.destroy = () => destroy().then(() => void closed.push(name));
    }
    await app.close();

    expect(closed).toEqual(['reporting', 'default']);
  });

  it('ends with the first that cannot be opened: those after it are not', async () => {
    const launcher = new Launcher();
    const started: string[] = [];
    launcher.events.onEvent((event) => event.kind === 'initializer.started' && void started.push(event.name));
    @Module({ providers: [{ provide: Launcher, useValue: launcher }], exports: [Launcher] })
    class LifecycleModule {}
    const nowhere = EggyDatabaseModule.forRoot({ dsn: 'sqlite:/dev/null/never.db' });
    const start = boot({ imports: [{ module: LifecycleModule, global: true }, named('reporting'), nowhere] });

    await expect(start).rejects.toMatchObject({ cause: { code: 'EGGY_DATABASE_EMBEDDED' } });
    expect(started).toEqual(['database']);
  });

  it('does not wait for one that a test provides in its place', async () => {
    const builder = Test.createTestingModule({ imports: roots(), providers: [PlainOrders, Users] });
    const fake = { manager: {} } as DataSource;
    const app = await builder.overrideProvider(DataSource).useValue(fake).compile();
    opened.push(app);

    expect(app.get('reportingDataSource')).toHaveProperty('isInitialized', true);
  });
});

describe('a data source with a name', () => {
  it('is refused a second time', async () => {
    const start = boot({ imports: [named('reporting'), named('archive'), named('reporting')] });

    await expect(start).rejects.toMatchObject({
      code: 'EGGY_DATABASE_TWICE',
      what: expect.stringContaining('`reporting`'),
    });
    await expect(boot({ imports: [named('a-b'), named('a_b')] })).rejects.toThrow(/twice for the data source `a_b`/);
  });

  it('names its own variable when there is no DSN, or one that cannot be read', async () => {
    const imports = (dsn: string) => [named('default'), EggyDatabaseModule.forRoot({ name: 'reporting', dsn })];
    const start = boot({ imports: imports(''), providers: [Users, PlainOrders] });
    await expect(start).rejects.toMatchObject({ code: 'EGGY_DATABASE_DSN_MISSING' });
    await expect(start).rejects.toThrow(/data source `reporting`.*Order\).*set DATABASE_REPORTING_DSN/);

    const unreadable = boot({ imports: imports('nonsense'), providers: [Users] });
    await expect(unreadable).rejects.toThrow(/correct DATABASE_REPORTING_DSN/);
  });

  it('is needed by its repositories, which say so', async () => {
    const start = boot({ imports: [named('default')], providers: [Users, PlainOrders] });

    await expect(start).rejects.toThrow(/PlainOrders.*reportingEntityManager/s);
  });

  it('has a name before it has options', async () => {
    const sources = (name: string) =>
      EggyDatabaseModule.forRootAsync({ name: 'reporting', useFactory: () => ({ name, dsn: MEMORY }) });
    const app = await boot({ imports: [named('default'), sources('reporting')], providers: [Users, PlainOrders] });
    expect(await app.get(PlainOrders).count()).toBe(0);

    await expect(boot({ imports: [sources('archive')] })).rejects.toMatchObject({ code: 'EGGY_ARGUMENT' });
  });

  it('cannot be reached by a relation of another one', async () => {
    @Entity()
    class Line {
      @PrimaryGeneratedColumn() id!: number;
      @ManyToOne(() => User) user!: User;
    }
    @EggyRepository(Line, { dataSource: 'reporting' })
    class Lines extends Repository<Line> {}
    const start = boot({ imports: roots(), providers: [Users, Lines] });

    await expect(start).rejects.toMatchObject({ code: 'EGGY_DATABASE_ENTITIES' });
    await expect(start).rejects.toThrow(/Line#user.*with the same data source/);
  });
});
