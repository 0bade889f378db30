import { runInUnitOfWork, type UnitOfWork } from '@eggybyte/observability';
import { describe, expect, it } from '@jest/globals';
import { Get, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CacheEvict } from './cache-evict.js';
import { Cacheable } from './cacheable.js';
import { EggyCacheModule } from './cache.module.js';
import { CacheService } from './cache.service.js';

class Product {
  constructor(
    public id: number,
    public stock: number,
  ) {}
}

@Injectable()
class Products {
  reads = 0;
  stock = 10;

  @Cacheable({ key: (id: number) => `product:${id}`, ttl: '5m', as: Product })
  async byId(id: number): Promise<Product> {
    this.reads++;
    return new Product(id, this.stock);
  }

  @Cacheable({ key: 'products', as: Product })
  async all(): Promise<Product[]> {
    this.reads++;
    return [new Product(1, this.stock)];
  }

  @CacheEvict({ key: (id: number) => [`product:${id}`, 'products'] })
  async take(_id: number, count: number): Promise<number> {
    if (count > this.stock) throw new Error('Not enough');
    this.stock -= count;
    return this.stock;
  }

  @CacheEvict({ key: 'products' })
  async recount(): Promise<void> {}
}

@Injectable()
class SaleProducts extends Products {
  @Cacheable({ key: (id: number) => `product:${id}`, as: Product })
  override async byId(id: number): Promise<Product> {
    const { stock } = await super.byId(id);
    return new Product(id, stock * 100);
  }
}

async function application(providers = [Products, SaleProducts]) {
  const module = await Test.createTestingModule({ imports: [EggyCacheModule.forRoot({})], providers }).compile();
  return { products: module.get(Products), sale: module.get(SaleProducts), cache: module.get(CacheService) };
}

describe('Cacheable', () => {
  it('runs the method once for each key and restores its class', async () => {
    const { products } = await application();
    const first = await products.byId(1);
    const again = await products.byId(1);
    expect(again).toEqual(first);
    expect(again).toBeInstanceOf(Product);
    expect(again).not.toBe(first);
    await products.byId(2);
    expect(products.reads).toBe(2);
    await products.all();
    expect((await products.all())[0]).toBeInstanceOf(Product);
    expect(products.reads).toBe(3);
  });

  it('runs it once for concurrent callers', async () => {
    const { products } = await application();
    await Promise.all(Array.from({ length: 50 }, () => products.byId(1)));
    expect(products.reads).toBe(1);
  });

  it('works in two applications of one process, each with its own cache', async () => {
    const [a, b] = [await application(), await application()];
    await a.products.byId(1);
    await b.products.byId(1);
    await a.products.byId(1);
    expect([a.products.reads, b.products.reads]).toEqual([1, 1]);
  });

  it('does not hang when an overriding method with the same key calls its ancestor', async () => {
    const { sale } = await application();
    expect(await sale.byId(1)).toEqual(new Product(1, 1000));
    expect(await sale.byId(1)).toEqual(new Product(1, 1000));
    expect(sale.reads).toBe(1);
  });

  it('runs uncached on an instance made by hand', async () => {
    const products = new Products();
    await products.byId(1);
    await products.byId(1);
    await products.take(1, 1);
    expect(products.reads).toBe(2);
  });

  it('keeps the name of the method and what other decorators noted on it', () => {
    class Controller {
      @Cacheable({ key: 'x' })
      @Get('products')
      async list(): Promise<number> {
        return 1;
      }
    }
    const method: unknown = Object.getOwnPropertyDescriptor(Controller.prototype, 'list')?.value;
    expect(method).toHaveProperty('name', 'list');
    expect(Reflect.getMetadata('path', method as object)).toBe('products');
  });

  it('refuses a bad ttl where it is written', () => {
    expect(() => Cacheable({ key: 'x', ttl: '0s' })).toThrow(expect.objectContaining({ code: 'EGGY_ARGUMENT' }));
  });

  it('is an error at start where there is no cache', async () => {
    await expect(Test.createTestingModule({ providers: [Products] }).compile()).rejects.toThrow('CacheService');
  });
});

describe('CacheEvict', () => {
  it('evicts its keys once the method has succeeded', async () => {
    const { products } = await application();
    await products.byId(1);
    await products.all();
    expect(await products.take(1, 3)).toBe(7);
    expect([(await products.byId(1)).stock, (await products.all())[0]?.stock]).toEqual([7, 7]);
  });

  it('evicts nothing when the method rejects', async () => {
    const { products } = await application();
    await products.byId(1);
    await expect(products.take(1, 100)).rejects.toThrow('Not enough');
    await products.byId(1);
    expect(products.reads).toBe(1);
  });

  it('waits for the commit in a transaction', async () => {
    const { products } = await application();
    await products.byId(1);
    const actions: (() => void | Promise<void>)[] = [];
    const transaction: UnitOfWork = { afterCommit: (action) => actions.push(action) };
    await runInUnitOfWork(transaction, () => products.take(1, 3));
    expect((await products.byId(1)).stock).toBe(10);
    for (const action of actions) await action();
    expect((await products.byId(1)).stock).toBe(7);
  });
});

describe('types', () => {
  it('are checked by the compiler', () => {
    expect(typeChecks).toBeInstanceOf(Function);
  });
});

/** Never called: each line is right or wrong for the compiler alone. */
function typeChecks(): unknown {
  class TypeChecks {
    @Cacheable({ key: (id: number) => `${id}` })
    async leading(_id: number, _more: string): Promise<number> {
      return 1;
    }

    @Cacheable({ key: (id: number) => `${id}`, as: Product })
    async maybe(_id: number): Promise<Product | undefined> {
      return undefined;
    }

    // @ts-expect-error the key takes a number, the method a text
    @Cacheable({ key: (id: number) => `${id}` })
    async otherType(_id: string): Promise<number> {
      return 1;
    }

    // @ts-expect-error the key takes an argument that the method does not have
    @Cacheable({ key: (id: number) => `${id}` })
    async noArgument(): Promise<number> {
      return 1;
    }

    // @ts-expect-error the method returns something else than a Product
    @Cacheable({ key: 'x', as: Product })
    async otherClass(): Promise<string> {
      return '';
    }

    // @ts-expect-error the method returns no promise
    @Cacheable({ key: 'x' })
    synchronous(): number {
      return 1;
    }

    // @ts-expect-error there is no such option
    @Cacheable({ key: 'x', tll: '5m' })
    async misspelt(): Promise<number> {
      return 1;
    }

    // @ts-expect-error not a duration
    @Cacheable({ key: 'x', ttl: '5 minutes' })
    async duration(): Promise<number> {
      return 1;
    }

    @CacheEvict({ key: (id: number) => [`a:${id}`, `b:${id}`] })
    async evicts(_id: number, _count: number): Promise<void> {}

    // @ts-expect-error the key takes a number, the method a text
    @CacheEvict({ key: (id: number) => `${id}` })
    async evictsOtherType(_id: string): Promise<void> {}

    // @ts-expect-error the key must be a text
    @CacheEvict({ key: (id: number) => id })
    async evictsNumber(_id: number): Promise<void> {}

    async service(cache: CacheService): Promise<void> {
      const product: Product | undefined = await cache.get('x', { as: Product });
      const list: Product[] = await cache.getOrSet('x', '1m', async () => [new Product(1, 1)], { as: Product });
      // @ts-expect-error a text is no Product
      await cache.set('x', 'text', '1m', { as: Product });
      // @ts-expect-error not a duration
      await cache.set('x', product ?? list, '1 minute');
    }
  }
  return TypeChecks;
}
