import 'reflect-metadata';
import { request as httpRequest } from 'node:http';
import { Controller, Get, HttpException, Injectable, Module, Param, Query } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { bootApp } from '@eggybyte/testing';
import {
  CacheService,
  EggyCoreModule,
  EggyRepository,
  Initializer,
  Logger,
  runInContext,
  Transactional,
  WithContext,
} from '@eggybyte/core';
import { trace } from '@opentelemetry/api';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { keyPrefix, sharedMemcached } from '../../support/cache-server.js';
import { createDatabase } from '../../support/database.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../../support/otlp-receiver.js';
import { waitUntil } from '../../support/wait-until.js';

const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const NOT_KEPT = '00-4bf92f3577b34da6a3ce929d0e0e4737-00f067aa0ba902b8-00';

@Entity('traced_items')
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
}

@EggyRepository(Item)
class Items extends Repository<Item> {}

@Injectable()
class Shop {
  constructor(
    private readonly items: Items,
    private readonly logger: Logger,
    readonly cache: CacheService,
    readonly dataSource: DataSource,
  ) {}

  @Transactional()
  async add(name: string): Promise<void> {
    await this.items.insert({ name });
  }

  /** A span of the service itself, by OpenTelemetry's own API. */
  find(name: string): Promise<Item[]> {
    return trace.getTracer('shop').startActiveSpan('find in shop', async (span) => {
      this.logger.log({ msg: 'looking', named: name });
      const found = await this.items.findBy({ name });
      span.setAttribute('shop.found', found.length);
      span.end();
      return found;
    });
  }
}

@Controller('items')
class ItemsController {
  constructor(private readonly shop: Shop) {}

  @Get('add/:name')
  async add(@Param('name') name: string): Promise<object> {
    await this.shop.add(name);
    return { added: name };
  }

  @Get('cached/:name')
  async cached(@Param('name') name: string): Promise<object> {
    return { cached: await this.shop.cache.getOrSet(name, '1m', () => 'made') };
  }

  @Get('fail')
  fail(): void {
    throw new HttpException('no', 503);
  }

  @Get('fetch')
  async call(@Query('url') url: string, @Query('by') by: string): Promise<object> {
    if (by === 'fetch') return { status: (await fetch(url, { headers: { 'x-api-key': 'k' } })).status };
    return new Promise((resolve, reject) => {
      httpRequest(url, (answer) => {
        answer.resume().once('end', () => resolve({ status: answer.statusCode }));
      })
        .on('error', reject)
        .end();
    });
  }

  @Get(':name')
  find(@Param('name') name: string): Promise<Item[]> {
    return this.shop.find(name);
  }
}

@Initializer()
class Seeds implements Initializer {
  constructor(
    private readonly items: Items,
    private readonly logger: Logger,
  ) {}

  async init(): Promise<void> {
    await this.items.insert({ name: 'seed' });
    this.logger.log('seeded');
  }

  @WithContext()
  async grow(): Promise<void> {
    await this.items.count();
  }
}

@Module({ imports: [EggyCoreModule.forRoot()], controllers: [ItemsController], providers: [Items, Shop, Seeds] })
class ShopModule {}

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

/** On the real server; it is dropped at the end of its block. */
async function emptyDatabase(): Promise<AsyncDisposable & { dsn: string }> {
  const database = await createDatabase('traces');
  return { dsn: database.dsn, [Symbol.asyncDispose]: () => database.drop() };
}

/** The spans of the trace that has one of each of these names, once they are there: they come in several batches. */
function traceWith(...names: string[]): Promise<ReceivedSpan[]> {
  const find = (): ReceivedSpan[] | undefined =>
    Object.values(Object.groupBy(receiver.spans, ({ traceId }) => traceId)).findLast((spans = []) =>
      names.every((name) => spans.some((span) => span.name === name)),
    );
  return waitUntil(find, { what: `a trace with ${names.join(', ')}` });
}

const one = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join(', ')}`);
  return found;
};

describe.each(['fastify', 'express'] as const)('traces on %s', (adapter) => {
  it('have a span for the request and one for each statement inside of it, and its log records name them', async () => {
    await using database = await emptyDatabase();
    await using app = await bootApp(ShopModule, { adapter, env: { ...receiver.env, DATABASE_DSN: database.dsn } });
    const answer = await app.request('GET', `/items/add/${adapter}?token=Geheim1`, undefined, { traceparent: CALLER });
    expect(answer.status).toBe(200);

    const spans = await traceWith('GET /items/add/:name', 'BEGIN', 'INSERT traced_items', 'COMMIT');
    const server = one(spans, 'GET /items/add/:name');
    expect(server).toMatchObject({
      traceId: CALLER.slice(3, 35),
      parentSpanId: CALLER.slice(36, 52),
      kind: 'server',
      failed: false,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/items/add/:name',
        'http.response.status_code': 200,
        'url.path': `/items/add/${adapter}`,
        'url.scheme': 'http',
        'server.address': '127.0.0.1',
      },
      resource: { 'service.name': 'test', 'deployment.environment.name': 'test' },
    });
    const statements = receiver.childrenOf(server);
    expect(statements.map(({ name }) => name)).toEqual(['BEGIN', 'INSERT traced_items', 'COMMIT']);
    const insert = one(statements, 'INSERT traced_items');
    expect(insert).toMatchObject({
      kind: 'client',
      failed: false,
      attributes: {
        'db.operation.name': 'INSERT',
        'db.collection.name': 'traced_items',
        'server.address': '127.0.0.1',
      },
    });
    expect(['mysql', 'mariadb']).toContain(insert.attributes['db.system.name']);
    expect(insert.attributes['db.query.text']).toContain('INSERT INTO `traced_items`');
    expect(insert.startNs).toBeGreaterThanOrEqual(server.startNs);
    // The SDK begins each span at a whole millisecond.
    expect(insert.endNs).toBeLessThan(server.endNs + 1_000_000n);
    const record = await app.waitForLog({ msg: 'request', route: '/items/add/:name' });
    expect(record).toMatchObject({ trace_id: server.traceId, span_id: server.spanId });
    expect(receiver.text).not.toMatch(/Geheim1/);
  });

  it('tell what failed by its code, and never with a value', async () => {
    await using database = await emptyDatabase();
    await using app = await bootApp(ShopModule, { adapter, env: { ...receiver.env, DATABASE_DSN: database.dsn } });
    await app.request('GET', '/items/add/twice-told-value');
    const second = await app.request('GET', '/items/add/twice-told-value');
    expect(second.status).toBe(409);
    await app.request('GET', '/items/fail');
    await app.request('GET', '/nowhere/at/all');

    const spans = await traceWith('GET /items/add/:name', 'INSERT traced_items', 'ROLLBACK');
    expect(one(spans, 'INSERT traced_items').attributes).toMatchObject({ 'error.type': 'ER_DUP_ENTRY' });
    expect(one(spans, 'ROLLBACK').failed).toBe(false);
    // The client's fault.
    const conflict = one(spans, 'GET /items/add/:name');
    expect(conflict).toMatchObject({ failed: false, attributes: { 'http.response.status_code': 409 } });
    const failed = one(await traceWith('GET /items/fail'), 'GET /items/fail');
    expect(failed).toMatchObject({ failed: true, parentSpanId: '', attributes: { 'error.type': '503' } });
    const unmatched = one(await traceWith('GET'), 'GET');
    expect(unmatched.attributes).toMatchObject({ 'url.path': '/nowhere/at/all', 'http.response.status_code': 404 });
    expect(unmatched.attributes).not.toHaveProperty('http.route');
    const texts = receiver.spans.map(({ attributes }) => attributes['db.query.text']);
    expect(JSON.stringify(texts)).not.toContain('twice-told-value');
  });

  it('take spans that the service makes by OpenTelemetry’s API, with statements and log records inside of them', async () => {
    await using app = await bootApp(ShopModule, { adapter, env: receiver.env });
    await app.request('GET', '/items/pen');

    const spans = await traceWith('GET /items/:name', 'find in shop', 'SELECT traced_items');
    const own = one(spans, 'find in shop');
    expect(own).toMatchObject({ kind: 'internal', attributes: { 'shop.found': 0 } });
    expect(own.parentSpanId).toBe(one(spans, 'GET /items/:name').spanId);
    const select = one(spans, 'SELECT traced_items');
    expect(select).toMatchObject({ parentSpanId: own.spanId, attributes: { 'db.system.name': 'sqlite' } });
    expect(await app.waitForLog('looking')).toMatchObject({ trace_id: own.traceId, span_id: own.spanId });
  });

  it.each(['fetch', 'node:http'])('go on in what is called by %s, with the request id', async (by) => {
    await using called = await bootApp(ShopModule, { env: { ...receiver.env, SERVICE_NAME: 'called' } });
    await using app = await bootApp(ShopModule, { adapter, env: { ...receiver.env, SERVICE_NAME: 'caller' } });
    const url = encodeURIComponent(`${called.url}/items/cup?key=Geheim2`);
    const answer = await app.request('GET', `/items/fetch?by=${by}&url=${url}`, undefined, { 'x-request-id': 'req-7' });
    expect(answer.body).toEqual({ status: 200 });

    const spans = await traceWith('GET /items/fetch', 'GET', 'GET /items/:name');
    const server = one(spans, 'GET /items/fetch');
    const client = one(spans, 'GET');
    const answered = one(spans, 'GET /items/:name');
    expect(client).toMatchObject({
      parentSpanId: server.spanId,
      kind: 'client',
      attributes: { 'url.full': `${called.url}/items/cup`, 'http.response.status_code': 200 },
    });
    expect(answered).toMatchObject({
      parentSpanId: client.spanId,
      kind: 'server',
      resource: { 'service.name': 'called' },
    });
    expect(await called.waitForLog({ msg: 'request' })).toMatchObject({
      request_id: 'req-7',
      trace_id: server.traceId,
    });
    expect(receiver.text).not.toContain('Geheim2');
  });
});

describe('traces', () => {
  it('follow the caller: what it does not keep is not sent, and its decision is handed on', async () => {
    await using called = await bootApp(ShopModule, { env: receiver.env });
    await using app = await bootApp(ShopModule, { env: receiver.env });
    const url = encodeURIComponent(`${called.url}/items/cup`);
    await app.request('GET', `/items/fetch?by=fetch&url=${url}`, undefined, { traceparent: NOT_KEPT });
    await app.request('GET', '/items/kept', undefined, { traceparent: CALLER.replace('736-', '738-') });
    await waitUntil(() => receiver.spans.find(({ traceId }) => traceId.endsWith('738')), { what: 'the kept trace' });

    expect(receiver.spans.filter(({ traceId }) => traceId.endsWith('737'))).toEqual([]);
    const record = await called.waitForLog({ msg: 'request' });
    expect(record['trace_id']).toBe(NOT_KEPT.slice(3, 35));
  });

  it('begin with work outside of HTTP too, by its name, and tell that it failed', async () => {
    await using app = await bootApp(ShopModule, { env: receiver.env });
    const dataSource = app.get(DataSource);
    await runInContext({ traceparent: CALLER.replace('736-', '740-') }, () => dataSource.query('SELECT 1'), {
      name: 'orders',
    });
    const failing = runInContext({}, () => dataSource.query('SELECT nothing'), { name: 'nightly job' });
    await expect(failing).rejects.toThrow(/nothing/);

    const consumed = await receiver.span('orders');
    expect(consumed).toMatchObject({ kind: 'consumer', parentSpanId: CALLER.slice(36, 52) });
    expect(receiver.childrenOf(consumed).map(({ name }) => name)).toEqual(['SELECT']);
    expect(await receiver.span('nightly job')).toMatchObject({ kind: 'internal', failed: true, parentSpanId: '' });
  });

  it('have a span for each initializer, and for each call of a method that is marked for it', async () => {
    await using app = await bootApp(ShopModule, { env: receiver.env });
    await app.get(Seeds).grow();

    const initializer = await receiver.span('initializer Seeds');
    expect(receiver.childrenOf(initializer).map(({ name }) => name)).toContain('INSERT traced_items');
    expect(await app.waitForLog('seeded')).toMatchObject({
      request_id: expect.any(String),
      trace_id: initializer.traceId,
    });
    const grown = await receiver.span('Seeds.grow');
    expect(receiver.childrenOf(grown).map(({ name }) => name)).toEqual(['SELECT traced_items']);
  });

  it('have a span for each question to memcached, and none for memory', async () => {
    const env = { ...receiver.env, CACHE_SERVERS: sharedMemcached(), CACHE_KEY_PREFIX: keyPrefix('traces') };
    await using app = await bootApp(ShopModule, { env });
    await using other = await bootApp(ShopModule, { env: receiver.env });
    for (const asked of [app, other]) await asked.request('GET', '/items/cached/geheim4');
    await waitUntil(() => receiver.named('GET /items/cached/:name').length === 2, { what: 'both requests' });

    const operations = receiver.spans.filter(({ name }) => name.startsWith('cache '));
    expect(operations.map(({ name }) => name)).toEqual(['cache get', 'cache set']);
    expect(operations[0]).toMatchObject({ failed: false, attributes: { 'db.system.name': 'memcached' } });
    expect(receiver.named('GET /items/cached/:name').map(({ spanId }) => spanId)).toContain(
      operations[0]?.parentSpanId,
    );
    expect(receiver.text.replaceAll('/items/cached/geheim4', '')).not.toContain('geheim4');
  });

  it('are not made of statements that belong to nothing', async () => {
    await using app = await bootApp(ShopModule, { env: receiver.env });
    await receiver.span('initializer Seeds');
    const before = receiver.spans.length;
    await app.get(DataSource).query('SELECT 17');
    await app.request('GET', '/items/last-one');
    await waitUntil(() => receiver.spans.slice(before).find(({ name }) => name === 'GET /items/:name'), { what: 'it' });

    expect(
      receiver.spans
        .slice(before)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['GET /items/:name', 'SELECT traced_items', 'find in shop']);
  });

  it('are written in protobuf by default, compressed where asked for, with the headers of the receiver', async () => {
    {
      await using app = await bootApp(ShopModule, {
        env: {
          OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/custom/path`,
          OTEL_EXPORTER_OTLP_HEADERS: 'api-key=Geheim%203,tenant=shop',
          OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
          OTEL_RESOURCE_ATTRIBUTES: 'team=blue%20team,service.version=9',
          OTEL_SERVICE_NAME: 'renamed',
          OTEL_BSP_SCHEDULE_DELAY: '50',
        },
      });
      await app.request('GET', '/items/binary');
    }

    const body = Buffer.concat(receiver.binary).toString('latin1');
    for (const text of ['GET /items/:name', 'renamed', 'blue team']) expect(body).toContain(text);
    expect(receiver.headers.at(-1)).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'api-key': 'Geheim 3',
      tenant: 'shop',
    });
  });
});
