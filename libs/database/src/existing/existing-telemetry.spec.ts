import 'reflect-metadata';
import { type DynamicModule, Global, Logger, Module, type ModuleMetadata } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import {
  enterTrace,
  HEALTH_CHECKER_KEY,
  type HealthChecker,
  type HealthCheckerOptions,
  Metrics,
  runInContext,
  type Span,
  type TraceContext,
  Tracer,
} from '@eggybyte/observability';
import { discoverProviders } from '@eggybyte/lifecycle';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { EggyDatabaseModule } from '../database.module.js';
import { EggyRepository } from '../repository.js';
import { NodeSqlite } from '../sqlite/node-sqlite.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
}

@EggyRepository(Item)
class ItemRepository extends Repository<Item> {}

@EggyRepository(Item, { dataSource: 'second' })
class SecondRepository extends Repository<Item> {}

@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
class MetricsModule {}

/** Takes a while on SQLite. */
const SLOW =
  'WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT SUM(i) AS total FROM n';

function typeOrm(name?: string, more: object = {}): DynamicModule {
  const options = { type: 'better-sqlite3', driver: NodeSqlite, database: ':memory:', entities: [Item], ...more };
  const whole = { ...options, synchronize: true, retryAttempts: 0 } as TypeOrmModuleOptions;
  return TypeOrmModule.forRootAsync({ ...(name !== undefined && { name }), useFactory: () => whole });
}

const running = new Set<TestingModule>();
const warnings: unknown[] = [];
beforeEach(() => {
  Logger.overrideLogger(false);
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((record: unknown) => void warnings.push(record));
});
afterEach(async () => {
  await Promise.all([...running].map((module) => module.close()));
  running.clear();
  warnings.splice(0);
  jest.restoreAllMocks();
});

async function boot(imports: ModuleMetadata['imports'], providers: ModuleMetadata['providers'] = []) {
  const all = [MetricsModule, ...(imports ?? [])];
  const module = await Test.createTestingModule({ imports: all, providers }).compile();
  running.add(module);
  return module.init();
}

const series = async (module: TestingModule): Promise<string> => module.get(Metrics).registry.metrics();
const count = (source: string, operation: string, error = ''): string =>
  `db_client_operation_duration_seconds_count{db_system_name="sqlite",data_source="${source}",db_operation_name="${operation}",error_type="${error}"}`;

function checks(module: TestingModule): string[] {
  const found = discoverProviders<HealthChecker, HealthCheckerOptions>(
    module.get(ModulesContainer),
    HEALTH_CHECKER_KEY,
  );
  return found.map(({ instance }) => `${instance.name} ${instance.critical}`).toSorted((a, b) => a.localeCompare(b));
}

describe('the metrics of an existing data source', () => {
  it('count what repositories, builders, the data source and its transactions send, each once', async () => {
    const module = await boot([typeOrm(), EggyDatabaseModule.forExisting()], [ItemRepository]);
    const [items, dataSource] = [module.get(ItemRepository), module.get(DataSource)];
    await items.insert({ name: 'a' });
    await items.createQueryBuilder().insert().values({ name: 'b' }).execute();
    await dataSource.query("INSERT INTO item (name) VALUES ('c')");
    await dataSource.transaction((manager) => manager.insert(Item, { name: 'd' }));
    await items.find();

    const text = await series(module);
    expect(text).toContain(`${count('default', 'INSERT')} 4\n`);
    expect(text).toContain(`${count('default', 'BEGIN')} 1\n`);
    expect(text).toContain(`${count('default', 'COMMIT')} 1\n`);
  });

  it('count a statement that fails, by its error, and go on after it and after the release of its runner', async () => {
    const module = await boot([typeOrm(), EggyDatabaseModule.forExisting()], [ItemRepository]);
    const dataSource = module.get(DataSource);
    await expect(dataSource.query('SELECT Xq7zK9')).rejects.toThrow(/no such column/);
    const runner = dataSource.createQueryRunner();
    await runner.query('DELETE FROM item');
    await runner.release();
    await module.get(ItemRepository).delete({ name: 'x' });

    const text = await series(module);
    expect(text).toContain(`${count('default', 'SELECT', 'SQLITE_ERROR')} 1\n`);
    expect(text).toContain(`${count('default', 'DELETE')} 2\n`);
    expect(text).not.toContain('Xq7zK9');
  });

  it('are those of the data source that a statement was sent to', async () => {
    const imports = [typeOrm(), typeOrm('second'), EggyDatabaseModule.forExisting()];
    const module = await boot(imports, [ItemRepository, SecondRepository]);
    await module.get(ItemRepository).insert({ name: 'a' });
    await module.get(SecondRepository).insert([{ name: 'a' }]);
    await module.get(SecondRepository).delete({ name: 'a' });

    const text = await series(module);
    expect(text).toContain(`${count('default', 'INSERT')} 1\n`);
    expect(text).toContain(`${count('second', 'INSERT')} 1\n`);
    expect(text).toContain(`${count('second', 'DELETE')} 1\n`);
    expect(text).not.toContain(count('default', 'DELETE'));
  });
});

describe('the slow log of an existing data source', () => {
  it('follows its threshold and holds no value', async () => {
    let slowQuery = 0;
    const module = await boot([typeOrm(), EggyDatabaseModule.forExisting({ slowQuery: () => slowQuery })]);
    const ask = () => module.get(DataSource).query(`${SLOW} WHERE i > ? AND 'Xq7zK9' = ?`, [7, 'Xq7zK9']);
    await ask();
    expect(warnings).not.toContainEqual(expect.objectContaining({ msg: 'slow query' }));

    slowQuery = 1;
    await ask();
    const records = warnings.filter((record) => (record as { msg?: string }).msg === 'slow query');
    expect(records).toEqual([
      expect.objectContaining({ operation: 'WITH', statement: expect.stringMatching(/ AND \? = \?$/) }),
    ]);
    expect(JSON.stringify(warnings)).not.toContain('Xq7zK9');
  });

  it('refuses a threshold that is no duration, at once', () => {
    expect(() => EggyDatabaseModule.forExisting({ slowQuery: 'soon' as never })).toThrow(/slowQuery/);
  });
});

describe('the spans of an existing data source', () => {
  const TRACE: TraceContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '01' };

  class Notebook extends Tracer {
    readonly names: string[] = [];

    override startSpan(name: string): Span {
      return { trace: TRACE, isRecorded: true, end: () => void this.names.push(name) };
    }

    override startEntry(name: string): Span {
      return this.startSpan(name);
    }
  }

  it('are made by the application that has adopted it last', async () => {
    const dataSource = new DataSource({ type: 'better-sqlite3', driver: NodeSqlite, database: ':memory:' });
    const adoptedBy = async (tracer: Tracer): Promise<TestingModule> => {
      const traced = {
        module: class TracerModule {},
        global: true,
        providers: [{ provide: Tracer, useValue: tracer }],
      };
      const typeorm = TypeOrmModule.forRootAsync({
        useFactory: () => ({ type: 'better-sqlite3', database: ':memory:' }),
        dataSourceFactory: () => dataSource.initialize(),
      });
      return boot([{ ...traced, exports: [Tracer] }, typeorm, EggyDatabaseModule.forExisting()]);
    };
    const ask = () => runInContext({}, () => enterTrace(TRACE, () => dataSource.query('SELECT 1')));
    const [first, second] = [new Notebook(), new Notebook()];

    const module = await adoptedBy(first);
    await ask();
    await module.close();
    running.delete(module);
    await adoptedBy(second);
    await ask();
    expect([first.names, second.names]).toEqual([['SELECT'], ['SELECT']]);
  });
});

describe('existing data sources with a name', () => {
  it('have a health check each, whatever TypeOrmModule takes for a name', async () => {
    const named = ['second', 'My Data', 'my-data', 'Default'].map((name) => typeOrm(name));
    const module = await boot([...named, typeOrm(), EggyDatabaseModule.forExisting({ healthCritical: false })]);

    expect(checks(module)).toEqual([
      'database false',
      'database-default-2 false',
      'database-my-data false',
      'database-my-data-2 false',
      'database-second false',
    ]);
  });

  it('need no default one, as long as nobody asks for it', async () => {
    const module = await boot([typeOrm('second'), EggyDatabaseModule.forExisting()], [SecondRepository]);
    await module.get(SecondRepository).insert({ name: 'a' });
    expect(await module.get(SecondRepository).count()).toBe(1);
    expect(checks(module)).toEqual(['database-second true']);

    const asking = boot([typeOrm('second'), EggyDatabaseModule.forExisting()], [ItemRepository]);
    await expect(asking).rejects.toMatchObject({
      code: 'EGGY_DATABASE_NO_DATA_SOURCE',
      message: expect.stringContaining('Repositories of `Item` belong to the default `DataSource`'),
    });
  });

  it('are refused when they do not know the entity of a repository', async () => {
    const imports = [typeOrm(), typeOrm('second', { entities: [] }), EggyDatabaseModule.forExisting()];
    await expect(boot(imports, [SecondRepository])).rejects.toMatchObject({
      code: 'EGGY_DATABASE_REPOSITORY',
      message: expect.stringMatching(/The existing DataSource `second` does not know `Item`/),
    });
  });
});
