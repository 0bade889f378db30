import { runInUnitOfWork, type UnitOfWork } from '@eggybyte/observability';
import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CacheEvict } from './cache-evict.js';
import { CachePut } from './cache-put.js';
import { Cacheable } from './cacheable.js';
import { EggyCacheModule } from './cache.module.js';
import { CacheService } from './cache.service.js';

class Product {
  constructor(
    public id: number,
    public name: string,
  ) {}
}

/** A transaction: what hangs on it runs at the commit. */
class Transaction implements UnitOfWork {
  readonly #actions: (() => void | Promise<void>)[] = [];
  afterCommit(action: () => void | Promise<void>): void {
    this.#actions.push(action);
  }
  async commit(): Promise<void> {
    for (const action of this.#actions) await action();
  }
}

@Injectable()
class Products {
  reads = 0;

  @Cacheable({ key: (id: number) => `product:${id}`, as: Product })
  async byId(id: number): Promise<Product> {
    this.reads++;
    return new Product(id, 'loaded');
  }

  @CachePut({ key: (id: number) => `product:${id}`, ttl: '5m', as: Product })
  async rename(id: number, name: string): Promise<Product | undefined> {
    if (name === '') throw new Error('No name');
    return name === 'gone' ? undefined : new Product(id, name);
  }

  @CachePut({ key: 'plain' })
  async plain(value: unknown): Promise<unknown> {
    return value;
  }

  @CacheEvict({ key: (id: number) => `product:${id}` })
  async remove(_id: number): Promise<void> {}
}

async function application() {
  const module = await Test.createTestingModule({
    imports: [EggyCacheModule.forRoot({})],
    providers: [Products],
  }).compile();
  return { products: module.get(Products), cache: module.get(CacheService) };
}

describe('CachePut', () => {
  it('runs the method each time and stores what it gives', async () => {
    const { products } = await application();
    expect(await products.rename(1, 'a')).toEqual(new Product(1, 'a'));
    expect(await products.rename(1, 'b')).toEqual(new Product(1, 'b'));

    const cached = await products.byId(1);
    expect(cached).toEqual(new Product(1, 'b'));
    expect(cached).toBeInstanceOf(Product);
    expect(products.reads).toBe(0);
  });

  it('stores nothing of a method that rejects, and evicts where it gives nothing', async () => {
    const { products, cache } = await application();
    await products.rename(1, 'a');
    await expect(products.rename(1, '')).rejects.toThrow('No name');
    expect(await cache.exists('product:1')).toBe(true);
    await products.rename(1, 'gone');
    expect(await cache.exists('product:1')).toBe(false);
  });

  it('waits for the commit, and what is loaded until then is not read from the cache', async () => {
    const { products, cache } = await application();
    await products.rename(1, 'before');
    const transaction = new Transaction();
    await runInUnitOfWork(transaction, async () => {
      await products.rename(1, 'after');
      expect((await products.byId(1)).name).toBe('loaded');
    });

    expect(await cache.get('product:1')).toEqual({ id: 1, name: 'before' });
    await transaction.commit();
    expect(await cache.get('product:1')).toEqual({ id: 1, name: 'after' });
  });

  it('vanishes on a rollback', async () => {
    const { products, cache } = await application();
    await products.rename(1, 'before');
    await runInUnitOfWork(new Transaction(), () => products.rename(1, 'after'));

    expect(await cache.get('product:1')).toEqual({ id: 1, name: 'before' });
  });

  it('is the last word or not, in the order of the transaction', async () => {
    const { products, cache } = await application();
    const removed = new Transaction();
    await runInUnitOfWork(removed, async () => {
      await products.rename(1, 'a');
      await products.remove(1);
    });
    await removed.commit();
    expect(await cache.exists('product:1')).toBe(false);

    const put = new Transaction();
    await runInUnitOfWork(put, async () => {
      await products.remove(1);
      await products.rename(1, 'b');
    });
    await put.commit();
    expect(await cache.get('product:1')).toEqual({ id: 1, name: 'b' });
  });

  it('keeps a load under way from storing what it has overtaken', async () => {
    const { products, cache } = await application();
    const { promise, resolve } = Promise.withResolvers<Product>();
    const loading = cache.getOrSet('product:1', '1m', () => promise, { as: Product });
    await new Promise((done) => setImmediate(done));
    await products.rename(1, 'newer');
    resolve(new Product(1, 'older'));
    await loading;

    expect(await cache.get('product:1')).toEqual({ id: 1, name: 'newer' });
  });

  it('refuses what would not come back, in a transaction too', async () => {
    const { products } = await application();
    const refused = expect.objectContaining({ code: 'EGGY_CACHE_VALUE' });
    await expect(products.plain(new Product(1, 'a'))).rejects.toEqual(refused);
    await expect(runInUnitOfWork(new Transaction(), () => products.plain(new Product(1, 'a')))).rejects.toEqual(
      refused,
    );
  });

  it('works without Nest as if it were not there, and refuses a ttl of nothing at once', async () => {
    expect(await new Products().rename(1, 'a')).toEqual(new Product(1, 'a'));
    expect(() => CachePut({ key: 'x', ttl: 0 })).toThrow('ttl');
  });
});
