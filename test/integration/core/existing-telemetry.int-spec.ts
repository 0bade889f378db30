import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, type DynamicModule, Get, Module, Param, Post } from '@nestjs/common';
import { InjectDataSource, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bootstrap, type EggyApplication, EggyCoreModule, Transactions } from '@eggybyte/core';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { startOtlpReceiver } from '../../support/otlp-receiver.js';
import { databaseName, sharedFlavour } from '../../support/shared-flavour.js';
import { waitUntil } from '../../support/wait-until.js';

@Entity('item')
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
}

const SECRET = 'Xq7zK9';

@Controller()
class Shop {
  constructor(
    @InjectRepository(Item) private readonly items: Repository<Item>,
    @InjectRepository(Item, 'second') private readonly others: Repository<Item>,
    @InjectDataSource('second') private readonly second: DataSource,
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
  ) {}

  @Post('items/:name')
  async add(@Param('name') name: string): Promise<void> {
    await this.items.save({ name });
  }

  @Post('both/:name')
  async addBoth(@Param('name') name: string): Promise<void> {
    await this.transactions.run(async () => {
      await this.items.insert({ name });
      await this.items
        .createQueryBuilder()
        .update()
        .set({ name: `${name}2` })
        .where({ name })
        .execute();
    });
  }

  @Post('others/:name')
  async addOther(@Param('name') name: string): Promise<void> {
    await this.others.insert({ name });
  }

  @Get('slow/:source/:seconds')
  async slow(@Param('source') source: string, @Param('seconds') seconds: string): Promise<void> {
    const asked = source === 'second' ? this.second : this.dataSource;
    await asked.query(`SELECT '${SECRET}', SLEEP(?), ?`, [Number(seconds), SECRET]);
  }
}

const orNone = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

interface LogLine {
  msg: string;
  context: string;
  statement?: string;
}

describe(`an existing TypeOrmModule on ${databaseName}`, () => {
  let first: TestDatabase;
  let second: TestDatabase;
  let directory: string;
  let lines: LogLine[] = [];
  const running: EggyApplication[] = [];

  beforeAll(async () => {
    [first, second] = [await createDatabase('existing_first'), await createDatabase('existing_second')];
    directory = await mkdtemp(join(tmpdir(), 'existing-'));
  });
  afterEach(async () => {
    for (const application of running.splice(0)) await application.stop();
    lines = [];
  });
  afterAll(async () => {
    await Promise.all([first.drop(), second.drop(), rm(directory, { recursive: true })]);
  });

  const typeOrm = ({ url }: TestDatabase, name?: string): DynamicModule =>
    TypeOrmModule.forRoot({
      ...(name !== undefined && { name }),
      type: sharedFlavour,
      url,
      entities: [Item],
      synchronize: true,
      dropSchema: true,
      poolSize: 2,
    });

  async function start(env: Record<string, string> = {}): Promise<EggyApplication> {
    @Module({
      imports: [
        typeOrm(first),
        typeOrm(second, 'second'),
        TypeOrmModule.forFeature([Item]),
        TypeOrmModule.forFeature([Item], 'second'),
        EggyCoreModule.forRoot({ database: 'existing' }),
      ],
      controllers: [Shop],
    })
    class AppModule {}
    const places = { PORT: '0', HOST: '127.0.0.1', METRICS_PORT: '0', MONITORING_HOST: '127.0.0.1' };
    const application = await bootstrap(AppModule, {
      ownProcess: false,
      env: { ...places, SERVICE_NAME: 'existing', DATABASE_SLOW_QUERY: '10s', ...env },
      logTo: { write: (text) => void lines.push(JSON.parse(text) as LogLine) },
    });
    running.push(application);
    return application;
  }

  const post = async ({ url }: EggyApplication, path: string): Promise<number> =>
    (await fetch(`${url}/${path}`, { method: 'POST' })).status;
  const metrics = async ({ monitoringUrl }: EggyApplication): Promise<string> =>
    (await fetch(`${monitoringUrl}/metrics`)).text();
  const count = (source: string, operation: string, error = ''): string =>
    `db_client_operation_duration_seconds_count{db_system_name="${sharedFlavour}",data_source="${source}",db_operation_name="${operation}",error_type="${error}"}`;
  const slow = (): LogLine[] => lines.filter(({ msg }) => msg === 'slow query');

  it('has its operations among the metrics, by data source and error, also those of transactions', async () => {
    const application = await start();
    expect(await post(application, 'items/a')).toBe(201);
    expect(await post(application, 'items/a')).toBe(409);
    expect(await post(application, 'both/b')).toBe(201);
    expect(await post(application, 'others/a')).toBe(201);

    const text = await metrics(application);
    expect(text).toContain(`${count('default', 'INSERT')} 2\n`);
    expect(text).toContain(`${count('default', 'INSERT', 'ER_DUP_ENTRY')} 1\n`);
    expect(text).toContain(`${count('default', 'UPDATE')} 1\n`);
    expect(text).toContain(`${count('default', 'COMMIT')} 2\n`);
    expect(text).toContain(`${count('default', 'ROLLBACK')} 1\n`);
    expect(text).toContain(`${count('second', 'INSERT')} 1\n`);
    expect(text).not.toContain(count('second', 'UPDATE'));
  });

  it('has its statements among the spans of a request', async () => {
    const receiver = await startOtlpReceiver();
    const application = await start(receiver.env);
    expect(await post(application, 'others/b')).toBe(201);

    const request = await receiver.span('POST /others/:name');
    const [statement] = await waitUntil(() => orNone(receiver.childrenOf(request)), { what: 'its statement' });
    expect(statement).toMatchObject({
      name: 'INSERT item',
      attributes: { 'db.system.name': sharedFlavour, 'eggybyte.data_source': 'second' },
    });
  });

  it('has its pools among the metrics, and a check for each', async () => {
    const application = await start();
    const { host, port } = first.address;
    const pool = (name: string, more = ''): string => `{db_client_connection_pool_name="${name}"${more}}`;
    const address = `${host}:${port}/${first.name}`;
    const asked = ['1', '1', '1'].map((seconds) => fetch(`${application.url}/slow/second/${seconds}`));
    let text = '';
    const pending = `db_client_connection_pending_requests${pool('second')} 1\n`;
    await waitUntil(async () => (text = await metrics(application)).includes(pending), { what: 'a request to wait' });

    expect(text).toContain(`db_client_connections${pool('second', ',db_client_connection_state="used"')} 2\n`);
    expect(text).toContain(`db_client_connection_max${pool('second')} 2\n`);
    expect(text).toContain(`db_client_connection_max${pool(address)} 2\n`);
    await Promise.all(asked);
    expect(await metrics(application)).toContain(
      `db_client_connections${pool('second', ',db_client_connection_state="idle"')} 2\n`,
    );
    const health = await (await fetch(`${application.monitoringUrl}/readyz?verbose`)).text();
    expect(health).toMatch(/\+\]database ok[^]*\+\]database-second ok/);
  });

  it('has one record for a slow statement, of its data source and without a value', async () => {
    const application = await start({ DATABASE_SLOW_QUERY: '300ms' });
    await fetch(`${application.url}/slow/default/0`);
    expect(slow()).toEqual([]);

    await fetch(`${application.url}/slow/default/0.5`);
    await fetch(`${application.url}/slow/second/0.5`);
    const statement = 'SELECT ?, SLEEP(?), ?';
    expect(slow()).toEqual([
      expect.objectContaining({ context: 'SlowQuery', statement, operation: 'SELECT', request_id: expect.any(String) }),
      expect.objectContaining({ context: 'SlowQuery:second', statement }),
    ]);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
    expect(await metrics(application)).not.toContain(SECRET);
  });

  it('follows DATABASE_SLOW_QUERY while it runs', async () => {
    await writeFile(join(directory, 'DATABASE_SLOW_QUERY'), '10s');
    const watched = { ENABLE_K8S_CONFIG_WATCH: 'true', CONFIG_DIR: directory, DATABASE_SLOW_QUERY: '' };
    const application = await start(watched);
    await fetch(`${application.url}/slow/second/0.3`);
    expect(slow()).toEqual([]);

    await writeFile(join(directory, 'DATABASE_SLOW_QUERY'), '100ms');
    await waitUntil(
      async () => {
        await fetch(`${application.url}/slow/second/0.3`);
        return slow().length > 0;
      },
      { what: 'a slow statement to be told', timeout: 30_000 },
    );
  });
});
