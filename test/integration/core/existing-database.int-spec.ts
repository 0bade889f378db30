import 'reflect-metadata';
import {
  Body,
  Controller,
  type DynamicModule,
  Get,
  Injectable,
  Module,
  type ModuleMetadata,
  Param,
  Post,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { InjectDataSource, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  bootstrap,
  type EggyApplication,
  EggyCoreModule,
  EggyRepository,
  Transactional,
  Transactions,
} from '@eggybyte/core';
import { Column, DataSource, type DataSourceOptions, Entity, Index, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { startMariaDb, type TestMariaDb } from '../../support/mariadb.js';
import { sharedFlavour } from '../../support/shared-flavour.js';
import { waitUntil } from '../../support/wait-until.js';

@Entity('item')
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Index({ unique: true }) @Column() name!: string;
}

@Entity('note')
class Note {
  @PrimaryGeneratedColumn() id!: number;
}

@EggyRepository(Item)
class ItemRepository extends Repository<Item> {}

const env = {
  PORT: '0',
  HOST: '127.0.0.1',
  METRICS_PORT: '0',
  MONITORING_HOST: '127.0.0.1',
  SERVICE_NAME: 'existing',
  HEALTH_CHECK_INTERVAL: '100ms',
  HEALTH_CHECK_TIMEOUT: '500ms',
};

let destroyed = 0;
class Counted extends DataSource {
  override async destroy(): Promise<void> {
    destroyed++;
    await super.destroy();
  }
}

function typeOrm(database: TestDatabase, more: object = {}): DynamicModule {
  return TypeOrmModule.forRootAsync({
    useFactory: () => ({ type: sharedFlavour, url: database.url, entities: [Item], retryAttempts: 0, ...more }),
    dataSourceFactory: async (options) => new Counted(options as DataSourceOptions).initialize(),
  });
}

@Injectable()
class Shop {
  constructor(
    readonly items: ItemRepository,
    @InjectRepository(Item) readonly plain: Repository<Item>,
    readonly transactions: Transactions,
    readonly dataSource: DataSource,
  ) {}

  @Transactional()
  async addBoth(first: string, second: string): Promise<void> {
    await this.items.insert({ name: first });
    await this.plain.insert({ name: second });
  }
}

@Controller('items')
class ItemController {
  constructor(@InjectRepository(Item) private readonly items: Repository<Item>) {}

  @Get(':id')
  one(@Param('id') id: string): Promise<Item> {
    return this.items.findOneByOrFail({ id: Number(id) });
  }

  @Post()
  async add(@Body() { name }: Item): Promise<Item> {
    return this.items.save(this.items.create({ name }));
  }
}

function rootOf(imports: NonNullable<ModuleMetadata['imports']>, providers: Type[] = []): Type {
  @Module({ imports: [TypeOrmModule.forFeature([Item]), ...imports], controllers: [ItemController], providers })
  class AppModule {}
  return AppModule;
}

const core = (values = {}): DynamicModule => EggyCoreModule.forRoot({ database: 'existing', values });

interface LogLine {
  level: string;
  msg: string;
}

class Log {
  readonly lines: LogLine[] = [];

  write(text: string): void {
    this.lines.push(JSON.parse(text) as LogLine);
  }

  warnings(): string[] {
    return this.lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
  }
}

const running: EggyApplication[] = [];
async function start(root: Type, more: Record<string, string> = {}, logTo = new Log()): Promise<EggyApplication> {
  const application = await bootstrap(root, { ownProcess: false, env: { ...env, ...more }, logTo });
  running.push(application);
  return application;
}
afterEach(async () => {
  for (const application of running.splice(0)) await application.stop();
});

describe('EggyCoreModule.forRoot({ database: "existing" })', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase('existing');
    await database.query('CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(99) NOT NULL UNIQUE)');
  });
  afterEach(() => database.query('DELETE FROM item'));
  afterAll(() => database.drop());

  const names = async (): Promise<unknown[]> =>
    (await database.query('SELECT name FROM item ORDER BY name')).map(({ name }) => name);

  it.each(['fastify', 'express'] as const)('answers database errors on %s, and touches no table', async (adapter) => {
    const { url } = await start(rootOf([typeOrm(database), core()]), { HTTP_ADAPTER: adapter });
    const post = (): Promise<Response> =>
      fetch(`${url}/items`, {
        method: 'POST',
        body: JSON.stringify({ name: 'Egg' }),
        headers: { 'content-type': 'application/json' },
      });

    expect((await post()).status).toBe(201);
    expect(await (await post()).json()).toMatchObject({ statusCode: 409, code: 'EGGY_DATABASE_DUPLICATE' });
    expect(await (await fetch(`${url}/items/0`)).json()).toMatchObject({
      statusCode: 404,
      code: 'EGGY_DATABASE_NOT_FOUND',
    });
    expect(await database.query('SHOW TABLES')).toHaveLength(1);
  });

  it.each([
    ['fastify', 'before'],
    ['express', 'after'],
  ])('destroys the data source once (%s, imported %s TypeOrmModule)', async (adapter, place) => {
    destroyed = 0;
    const imports = [typeOrm(database), core()];
    const root = rootOf(place === 'after' ? imports : imports.toReversed());
    const application = await start(root, { HTTP_ADAPTER: adapter });
    const dataSource = application.app.get(DataSource);

    expect(await application.stop()).toBe(0);
    expect(dataSource.isInitialized).toBe(false);
    expect(destroyed).toBe(1);
  });

  it.each([
    ['fastify', () => new FastifyAdapter()],
    ['express', () => new ExpressAdapter()],
  ])('is the same for an application that NestFactory.create has made (%s)', async (_, adapter) => {
    destroyed = 0;
    const values = { PORT: 0, HOST: '127.0.0.1', METRICS_PORT: 0, MONITORING_HOST: '127.0.0.1', LOG_LEVEL: 'silent' };
    const root = rootOf([typeOrm(database), core(values)]);
    const nest = await NestFactory.create(root, adapter(), { abortOnError: false, bufferLogs: true });
    const application = await bootstrap(nest, { ownProcess: false });

    expect(await (await fetch(`${application.monitoringUrl}/readyz?verbose`)).text()).toMatch(/\+\]database/);
    expect(await application.stop()).toBe(0);
    expect(destroyed).toBe(1);
  });

  it('releases the data source of a start that fails', async () => {
    class Broken {
      constructor() {
        throw new Error('no luck');
      }
    }
    const before = await connections(database);
    await expect(start(rootOf([typeOrm(database), core()], [Broken]))).rejects.toThrow('no luck');
    await waitUntil(async () => (await connections(database)) === before, { what: 'the end of its connections' });
  });

  it('lets repositories take part in transactions, and leaves dataSource.transaction() as it was', async () => {
    const { app } = await start(rootOf([typeOrm(database), core()], [ItemRepository, Shop]));
    const { items, plain, transactions, dataSource, ...shop } = Object.assign(app.get(Shop), {
      add: (first: string, second: string) => app.get(Shop).addBoth(first, second),
    });
    // Before the first transaction.
    const early = items.createQueryBuilder().insert().values({ name: 'early' });
    const undone = (work: () => Promise<unknown>): Promise<void> =>
      expect(
        transactions.run(async () => {
          await work();
          throw new Error('undo');
        }),
      ).rejects.toThrow('undo');

    await expect(shop.add('a', 'a')).rejects.toMatchObject({ driverError: { code: 'ER_DUP_ENTRY' } });
    await undone(() => items.insert({ name: 'b' }));
    await undone(() => plain.save({ name: 'c' }));
    await undone(() => items.createQueryBuilder().insert().values({ name: 'd' }).execute());
    await undone(() => dataSource.query("INSERT INTO item (name) VALUES ('e')"));
    await undone(() => dataSource.createQueryBuilder().insert().into(Item).values({ name: 'f' }).execute());
    await undone(() => dataSource.transaction((manager) => manager.insert(Item, { name: 'g' })));
    await undone(() =>
      transactions.run((manager) => manager.transaction((inner) => inner.insert(Item, { name: 'h' }))),
    );
    expect(await names()).toEqual([]);
    await undone(() => early.execute());
    expect(await names()).toEqual([]);

    const told: string[] = [];
    await transactions.run(async () => {
      transactions.afterCommit(() => void told.push('committed'));
      await items.insert({ name: 'kept' });
      await expect(
        Promise.all([
          transactions.run(() => items.insert({ name: 'in turn' })),
          dataSource.transaction(async (manager) => {
            await manager.insert(Item, { name: 'undone' });
            throw new Error('savepoint');
          }),
        ]),
      ).rejects.toThrow('savepoint');
      expect(told).toEqual([]);
    });
    expect(told).toEqual(['committed']);
    expect(await names()).toEqual(['in turn', 'kept']);

    const outside = dataSource.transaction(async () => {
      await items.insert({ name: 'not along' });
      throw new Error('undo');
    });
    await expect(outside).rejects.toThrow('undo');
    expect(await names()).toContain('not along');
  });

  it('checks one with replicas too', async () => {
    const { url } = database;
    const replication = { master: { url }, slaves: [{ url }] };
    const application = await start(rootOf([typeOrm(database, { url: undefined, replication }), core()]));

    const { ok } = await fetch(`${application.monitoringUrl}/readyz/database`);
    expect(ok).toBe(true);
    expect(await application.stop()).toBe(0);
  });

  it('leaves a data source with a name to TypeOrmModule', async () => {
    @Injectable()
    class Reports {
      constructor(@InjectDataSource('second') readonly second: DataSource) {}
    }
    const second = TypeOrmModule.forRoot({ name: 'second', type: sharedFlavour, url: database.url, entities: [Note] });
    const application = await start(rootOf([typeOrm(database), second, core()], [Reports]));
    const { second: dataSource } = application.app.get(Reports);

    expect(dataSource.hasMetadata(Note)).toBe(true);
    expect(await dataSource.query("SELECT 'one' AS it")).toEqual([{ it: 'one' }]);
    expect(await application.stop()).toBe(0);
    expect(dataSource.isInitialized).toBe(false);
  });

  it('tells that DATABASE_DSN is not used, and of synchronize, once each', async () => {
    const log = new Log();
    const own = await createDatabase('existing_sync', database.address);
    const application = await start(rootOf([typeOrm(own, { synchronize: true }), core()]), { DATABASE_DSN: 'x' }, log);

    expect(log.warnings().filter((msg) => msg.includes('DATABASE_DSN is set and not used'))).toHaveLength(1);
    expect(log.warnings().filter((msg) => msg.includes('`synchronize: true`'))).toHaveLength(1);
    expect(await application.stop()).toBe(0);
    await own.drop();
  });

  it('refuses to start without a data source', async () => {
    @Module({ imports: [core()] })
    class AppModule {}
    await expect(start(AppModule)).rejects.toMatchObject({ code: 'EGGY_DATABASE_NO_DATA_SOURCE' });
  });

  it('is named as a way out where the data source of TypeOrmModule is a second one', async () => {
    @Module({ imports: [typeOrm(database), EggyCoreModule.forRoot()] })
    class AppModule {}
    await expect(start(AppModule, { DATABASE_DSN: database.dsn })).rejects.toMatchObject({
      code: 'EGGY_CORE_SECOND',
      fix: expect.stringContaining("or adopt it by EggyCoreModule.forRoot({ database: 'existing' })"),
    });
  });
});

async function connections(database: TestDatabase): Promise<number> {
  const rows = await database.query('SELECT id FROM information_schema.processlist WHERE db = ?', [database.name]);
  return rows.length;
}

describe('the check of an existing database', () => {
  let server: TestMariaDb;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await startMariaDb();
    database = await createDatabase('existing_health', server.address);
  });
  afterAll(() => server.stop());

  const probe = async ({ monitoringUrl }: EggyApplication, path: string): Promise<string> =>
    (await fetch(monitoringUrl + path)).text();
  const until = (condition: () => Promise<boolean>, what: string): Promise<boolean> =>
    waitUntil(condition, { what, timeout: 15_000 });

  it('fails while the server is down and passes after it, and is not critical when told so', async () => {
    const strict = await start(rootOf([typeOrm(database), core()]));
    const lenient = await start(rootOf([typeOrm(database), core()]), { DATABASE_HEALTH_CRITICAL: 'false' });
    const ready = async (of: EggyApplication): Promise<boolean> => (await fetch(`${of.monitoringUrl}/readyz`)).ok;
    await until(async () => (await ready(strict)) && ready(lenient), 'both to be ready');

    await server.kill();
    await until(async () => !(await ready(strict)), 'the service to be unready');
    await until(async () => (await probe(lenient, '/healthz?verbose')).includes('[-]database'), 'the check to fail');
    expect(await ready(lenient)).toBe(true);
    const answer = await fetch(`${strict.url}/items/1`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');

    await server.restart();
    await until(() => ready(strict), 'the service to be ready again');
    await until(async () => (await probe(lenient, '/healthz?verbose')).includes('[+]database'), 'the check to pass');
  });
});
