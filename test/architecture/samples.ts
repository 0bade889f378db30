// The public API as its users write it. This file is compiled, never run: what stands here must go on compiling, and
// each misuse beside it must go on not compiling.
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Injectable, Module, Post } from '@nestjs/common';
import {
  type BackgroundService,
  bootstrap,
  Cacheable,
  CacheEvict,
  type Counter,
  eggyConfig,
  EggyCoreModule,
  EggyRepository,
  getConfig,
  HealthChecker,
  Initializer,
  type InitTableContext,
  int,
  Metrics,
  reloadable,
  runInContext,
  secret,
  Service,
  type TableInitializer,
  Transactional,
  Transactions,
} from '@eggybyte/core';
import { bootApp, fakeConfig, memoryCache } from '@eggybyte/testing';
import { Column, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';

// 1 minimal
@Module({ imports: [EggyCoreModule.forRoot()] })
export class AppModule {}
export const minimal = () => bootstrap(AppModule);
// @ts-expect-error a root module is a class
export const noModule = () => bootstrap({});
// @ts-expect-error there is no such adapter
export const noAdapter = () => bootstrap(AppModule, { adapter: 'koa' });

// 2 own configuration
export class AppConfig extends eggyConfig({
  STRIPE_KEY: secret(),
  PAGE_SIZE: reloadable(int({ min: 1, default: 20 })),
}) {}
EggyCoreModule.forRoot({ config: AppConfig });

@Injectable()
export class Payments {
  constructor(private readonly config: AppConfig) {}

  key(): string {
    // @ts-expect-error a secret is no string
    const wrong: string = this.config.STRIPE_KEY;
    return this.config.STRIPE_KEY.reveal() || wrong;
  }

  size(): number {
    // @ts-expect-error there is no such variable
    void this.config.PAGESIZE;
    return this.config.PAGE_SIZE + this.config.PORT;
  }

  watch(): void {
    using _ = this.config.watch('PAGE_SIZE', (now) => now.toFixed());
    // @ts-expect-error its values are numbers
    this.config.watch('PAGE_SIZE', (now: string) => now);
  }
}
// outside of injection
export const pages = (items: number): number => Math.ceil(items / getConfig(AppConfig).PAGE_SIZE);
// @ts-expect-error a class that is no configuration
export const noConfig = () => getConfig(Payments);
// @ts-expect-error the suite reads PORT itself
export const taken = () => eggyConfig({ PORT: int() });
// @ts-expect-error a class that is no configuration
EggyCoreModule.forRoot({ config: Payments });

// 3 entity, repository, seed
@Entity('products')
export class Product {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'varchar', length: 100 }) name!: string;
  @Column({ type: 'int', default: 0 }) stock!: number;
}

@EggyRepository(Product)
export class ProductRepository extends Repository<Product> implements TableInitializer {
  async initTable({ manager, created }: InitTableContext): Promise<void> {
    if (created) await manager.insert(Product, { name: 'Egg', stock: 12 });
  }
}
// @ts-expect-error a repository of another entity
@EggyRepository(Payments)
export class WrongRepository extends Repository<Product> {}

// 4 transaction, 5 cached read with invalidation
@Injectable()
export class Products {
  constructor(
    private readonly products: ProductRepository,
    private readonly transactions: Transactions,
    private readonly events: { emit(name: string, id: number): void },
  ) {}

  @Cacheable({ key: (id: number) => `product:${id}`, ttl: '5m', as: Product })
  byId(id: number): Promise<Product> {
    return this.products.findOneByOrFail({ id });
  }

  @Transactional()
  @CacheEvict({ key: (id: number) => `product:${id}` })
  async take(id: number, n: number): Promise<void> {
    await this.products.decrement({ id }, 'stock', n);
    this.transactions.afterCommit(() => this.events.emit('taken', id));
  }

  // @ts-expect-error the key wants a text, the method has a number
  @Cacheable({ key: (name: string) => name, ttl: '5m' })
  count(_id: number): Promise<number> {
    return this.products.count();
  }

  // @ts-expect-error a time to live has a unit
  @Cacheable({ key: (id: number) => `${id}`, ttl: '5 minutes' })
  total(_id: number): Promise<number> {
    return this.products.count();
  }
}

// 6 initializer
@Initializer({ timeout: '30s' })
export class SearchIndex implements Initializer {
  async init(signal: AbortSignal): Promise<void> {
    await sleep(1, undefined, { signal });
  }
}
// @ts-expect-error without init it is no initializer
@Initializer()
export class NoInitializer {}

// 7 consumer
declare const queue: {
  consume(options: {
    signal: AbortSignal;
  }): AsyncIterable<{ headers: Record<string, string>; id: number; ack(): Promise<void> }>;
};

@Service({ stopTimeout: '10s' })
export class OrderConsumer implements BackgroundService {
  constructor(private readonly products: Products) {}

  async run(signal: AbortSignal): Promise<void> {
    for await (const message of queue.consume({ signal })) {
      await runInContext(message.headers, async () => {
        await this.products.take(message.id, 1);
        await message.ack();
      });
    }
  }
}
// @ts-expect-error a service has start and stop, or run
@Service()
export class NoService {
  start(): Promise<void> {
    return Promise.resolve();
  }
}

// 8 health
@HealthChecker({ name: 'search', critical: false, timeout: '500ms' })
export class SearchHealth implements HealthChecker {
  async check(signal: AbortSignal): Promise<void> {
    await fetch('http://127.0.0.1:9200', { signal });
  }
}
// @ts-expect-error a check has a name
@HealthChecker({ critical: false })
export class NamelessHealth implements HealthChecker {
  async check(): Promise<void> {}
}

// 9 metric
@Injectable()
export class Sales {
  readonly #sold: Counter<'channel'>;

  constructor(metrics: Metrics) {
    this.#sold = metrics.counter('shop_sold_total', 'Products sold', ['channel']);
  }

  sold(): void {
    this.#sold.inc({ channel: 'web' });
    // @ts-expect-error there is no such label
    this.#sold.inc({ chanel: 'web' });
  }
}

// 10 worker
@Module({ imports: [EggyCoreModule.forRoot()], providers: [OrderConsumer] })
export class WorkerModule {}
export async function worker(): Promise<string> {
  const { app, monitoringUrl, ...running } = await bootstrap(WorkerModule, { http: false });
  app.get(OrderConsumer);
  // @ts-expect-error a worker listens nowhere
  return monitoringUrl + running.url;
}
// @ts-expect-error a worker has no HTTP framework
export const workerOnExpress = () => bootstrap(WorkerModule, { http: false, adapter: 'express' });
// @ts-expect-error nor a global prefix
export const prefixed = () => bootstrap(WorkerModule, { http: false, configure: (app) => app.setGlobalPrefix('api') });

// 11 tests
export async function tests(): Promise<void> {
  const products = new Payments(fakeConfig(AppConfig, { PAGE_SIZE: 2, STRIPE_KEY: 'sk' }));
  // @ts-expect-error a number is wanted
  fakeConfig(AppConfig, { PAGE_SIZE: true });
  await memoryCache().set('size', products.size());
  await using app = await bootApp(AppModule, { override: (b) => b.overrideProvider(Payments).useValue(products) });
  void (await app.request('POST', '/products', { name: 1 })).status;
}

// bodies are validated by a schema of any Standard Schema library
@Controller('products')
export class ProductsController {
  @Post()
  create(@Body() body: { name: string }): string {
    return body.name;
  }
}
