import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import { Injectable, Module } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  bootstrap,
  EggyCoreModule,
  EggyDatabaseModule,
  EggyRepository,
  eggyConfig,
  InjectTransactions,
  int,
  type TableInitializer,
  Transactional,
  Transactions,
} from '@eggybyte/core';
import { openDatabase, SchemaMigrator } from '@eggybyte/database';
import { type BootedApp, bootApp } from '@eggybyte/testing';
import { Column, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.js';
import { RotatedUser } from '../../support/rotated-user.js';
import { waitUntil } from '../../support/wait-until.js';

@Entity('customers')
class Customer {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@Entity('sales')
class Sale {
  @PrimaryGeneratedColumn() id!: number;
  @Column() item!: string;
}

@EggyRepository(Customer)
class Customers extends Repository<Customer> {}

@EggyRepository(Sale, { dataSource: 'reporting' })
class Sales extends Repository<Sale> implements TableInitializer {
  async initTable(): Promise<void> {
    await this.insert({ item: 'the first' });
  }
}

@Injectable()
class Shop {
  constructor(
    readonly customers: Customers,
    readonly sales: Sales,
    @InjectRepository(Sale, 'reporting') readonly plain: Repository<Sale>,
    readonly transactions: Transactions,
    @InjectTransactions('reporting') readonly reporting: Transactions,
  ) {}

  @Transactional()
  async sell(name: string, undo: boolean): Promise<void> {
    await this.customers.insert({ name });
    await this.report(name);
    if (undo) throw new Error('undo');
  }

  @Transactional({ dataSource: 'reporting' })
  async report(item: string): Promise<void> {
    await this.plain.insert({ item });
  }
}

class ShopConfig extends eggyConfig({ PAGE_SIZE: int({ default: 20 }) }) {}

@Module({
  imports: [
    EggyCoreModule.forRoot({ cache: false, config: ShopConfig }),
    EggyDatabaseModule.forFeature([Sale], { dataSource: 'reporting' }),
  ],
  providers: [Customers, Sales, Shop],
})
class AppModule {}

const FAST = { HEALTH_CHECK_INTERVAL: '100ms', DATABASE_CONNECT_TIMEOUT: '500ms', DATABASE_ACQUIRE_TIMEOUT: '1s' };
const drops: (() => Promise<void>)[] = [];
let app: BootedApp;

async function userOf(database: TestDatabase): Promise<RotatedUser> {
  const user = await RotatedUser.create(database);
  drops.push(() => user.drop());
  return user;
}

async function emptyDatabase(purpose: string): Promise<TestDatabase> {
  const database = await createDatabase(purpose);
  drops.push(() => database.drop());
  return database;
}

async function dropAll(): Promise<void> {
  for (const drop of drops.splice(0).toReversed()) await drop();
}

const tablesOf = async (database: TestDatabase): Promise<string[]> => {
  const rows = await database.query<{ name: string }>(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1',
    [database.name],
  );
  return rows.map(({ name }) => name).filter((name) => !name.startsWith('eggy_'));
};

const initializers = (what: string) =>
  app.logs.filter(({ msg }) => msg === `initializer ${what}`).map(({ name }) => name);

const check = async (name: string): Promise<number> => (await app.probe(`/readyz/${name}`)).status;

describe('a service with a second data source', () => {
  let main: TestDatabase;
  let reporting: TestDatabase;
  let proxy: FaultProxy;
  let shop: Shop;

  beforeAll(async () => {
    [main, reporting] = [await emptyDatabase('main'), await emptyDatabase('reporting')];
    const users = [await userOf(main), await userOf(reporting)] as const;
    proxy = await startFaultProxy({ target: reporting.address });
    drops.push(() => proxy.stop());
    const env = {
      ...FAST,
      DATABASE_DSN: users[0].dsn,
      DATABASE_REPORTING_DSN: users[1].dsn.replace(/tcp\([^)]*\)/, `tcp(${proxy.address})`),
      DATABASE_REPORTING_MAX_OPEN_CONNS: '3',
      DATABASE_REPORTING_QUERY_TIMEOUT: '2s',
    };
    app = await bootApp(AppModule, { env });
    shop = app.get(Shop);
  }, 60_000);
  afterAll(async () => {
    await app.stop();
    await dropAll();
  });

  it('has each table where it belongs, made by the user of that database', async () => {
    expect([await tablesOf(main), await tablesOf(reporting)]).toEqual([['customers'], ['sales']]);
    expect(await shop.plain.find()).toMatchObject([{ item: 'the first' }]);
    expect(shop.sales.manager).toBe(shop.plain.manager);
    expect(app.get(ShopConfig).PAGE_SIZE).toBe(20);
  });

  it('keeps their transactions apart', async () => {
    await expect(shop.sell('Ada', true)).rejects.toThrow('undo');
    expect(await shop.customers.countBy({ name: 'Ada' })).toBe(0);
    expect(await shop.sales.countBy({ item: 'Ada' })).toBe(1);
  });

  it('measures their pools by name', async () => {
    const labels = { db_client_connection_pool_name: 'reporting' };
    expect(await app.metric('db_client_connection_max', labels)).toBe(3);
    const text = (await app.probe('/metrics')).body as string;
    expect(text).toContain(
      `db_client_connection_max{db_client_connection_pool_name="${main.address.host}:${main.address.port}/${main.name}"} 10`,
    );
    expect(text).toContain('eggy_database_schema_drift{severity="error",data_source="reporting"} 0');
  });

  it('measures their statements apart', async () => {
    const inserts = (data_source: string) =>
      app.metric('db_client_operation_duration_seconds', { data_source, db_operation_name: 'INSERT' });
    const [ofMain, ofReporting] = [await inserts('default'), await inserts('reporting')];
    await shop.sales.insert({ item: 'a measured one' });

    expect(ofMain).toBeGreaterThan(0);
    expect(await inserts('default')).toBe(ofMain);
    expect(await inserts('reporting')).toBe((ofReporting ?? 0) + 1);
  });

  it('shows their variables, where they come from and no secret', async () => {
    const report = (await app.probe('/config')).body as { variables: Record<string, unknown>[] };
    const of = (name: string) => report.variables.find((variable) => variable['name'] === name);
    expect(of('DATABASE_REPORTING_DSN')).toMatchObject({ value: '[REDACTED]', source: 'env', reloadable: true });
    expect(of('DATABASE_REPORTING_MAX_OPEN_CONNS')).toMatchObject({ value: 3, reloadable: false });
    expect(of('DATABASE_REPORTING_AUTO_MIGRATE')).toMatchObject({ value: null, source: 'unset' });
  });

  it('is opened one after the other, and tells which in its log', () => {
    expect(initializers('finished')).toEqual(['database', 'database:reporting']);
    const connected = app.logs.filter(({ msg }) => String(msg).startsWith('Connected to'));
    expect(connected.map(({ context }) => context)).toEqual(['Database', 'Database:reporting']);
  });

  it('fails the check of the one whose server is down alone, and goes on with the other', async () => {
    expect([await check('database'), await check('database-reporting')]).toEqual([200, 200]);
    await proxy.cut();
    await waitUntil(async () => (await check('database-reporting')) === 503, { what: 'the check to fail' });
    expect(await check('database')).toBe(200);
    expect((await app.probe('/readyz')).status).toBe(503);
    await shop.customers.insert({ name: 'Bob' });
    await expect(shop.sales.count()).rejects.toThrow(/correct host and port in DATABASE_REPORTING_DSN/);

    await proxy.heal();
    await waitUntil(async () => (await app.probe('/readyz')).status === 200, { what: 'the service to be ready' });
    expect(await shop.sales.count()).toBeGreaterThan(0);
  });

  it('names the variable of the one whose statement is too slow', async () => {
    await expect(shop.sales.query('SELECT SLEEP(20)')).rejects.toThrow(/raise DATABASE_REPORTING_QUERY_TIMEOUT/);
  }, 20_000);

  it('leaves no connection to any of them', async () => {
    expect(await app.stop()).toBe(0);
    const connections = async () => {
      const sql = 'SELECT id FROM information_schema.processlist WHERE db IN (?, ?) AND id <> CONNECTION_ID()';
      return (await main.query(sql, [main.name, reporting.name])).length === 0;
    };
    await waitUntil(connections, { what: 'the connections to end' });
    expect(initializers('closed')).toEqual(['database:reporting', 'database']);
  });
});

describe('two data sources of one database', () => {
  afterEach(dropAll);

  it('wait for the same schema lock, and both get what they want', async () => {
    const database = await emptyDatabase('shared');
    const holder = await holdSchemaLock(database);
    const open = (name: string, entity: typeof Customer | typeof Sale) =>
      openDatabase({ name, dsn: database.dsn, entities: [entity] });
    const dataSources = await Promise.all([open('default', Customer), open('reporting', Sale)]);
    const migrations = Promise.all(dataSources.map((dataSource) => new SchemaMigrator(dataSource).migrate()));
    await waitUntil(async () => (await waiting(database)) === 2, { what: 'both to wait for the lock' });
    expect(await tablesOf(database)).toEqual([]);
    await holder.end();

    expect((await migrations).map(({ createdTables }) => createdTables)).toEqual([['customers'], ['sales']]);
    await Promise.all(dataSources.map((dataSource) => dataSource.destroy()));
  }, 60_000);

  it('start one after the other in one service', async () => {
    const database = await emptyDatabase('shared');
    const { dsn } = await userOf(database);
    for (const rows of [1, 1]) {
      app = await bootApp(AppModule, { env: { ...FAST, DATABASE_DSN: dsn, DATABASE_REPORTING_DSN: dsn } });
      expect(await tablesOf(database)).toEqual(['customers', 'sales']);
      expect(await app.get(Shop).sales.count()).toBe(rows);
      expect(await app.stop()).toBe(0);
    }
  }, 60_000);
});

describe('a service whose second data source has no DSN', () => {
  it('does not start in production, and says which variable is missing', async () => {
    const env = {
      ENVIRONMENT: 'production',
      SERVICE_NAME: 'shop',
      PORT: '0',
      METRICS_PORT: '0',
      LOG_LEVEL: 'silent',
      DATABASE_DSN: 'sqlite::memory:',
    };
    const start = bootstrap(AppModule, { ownProcess: false, env });
    await expect(start).rejects.toMatchObject({ code: 'EGGY_DATABASE_DSN_MISSING' });
    await expect(start).rejects.toThrow(/set DATABASE_REPORTING_DSN/);
  });

  it('has one in memory for each under bootApp', async () => {
    app = await bootApp(AppModule);
    expect(await app.get(Shop).sales.find()).toMatchObject([{ item: 'the first' }]);
    expect(await app.get(Shop).customers.count()).toBe(0);
    expect(await app.stop()).toBe(0);
  });
});

/** Until the connection ends. */
async function holdSchemaLock(database: TestDatabase): Promise<Connection> {
  const connection = await createConnection({ ...database.address, database: database.name });
  const digest = createHash('sha256').update(database.name).digest('hex');
  await connection.query('SELECT GET_LOCK(?, 10)', [`eggy:${digest.slice(0, 24)}`]);
  return connection;
}

async function waiting(database: TestDatabase): Promise<number> {
  const sql = "SELECT id FROM information_schema.processlist WHERE db = ? AND state = 'User lock'";
  return (await database.query(sql, [database.name])).length;
}
