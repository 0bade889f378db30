import 'reflect-metadata';
import { Injectable, SetMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { EggyDatabaseModule } from '../database.module.js';
import { EggyRepository } from '../repository.js';
import { Transactional } from './transactional.js';
import { Transactions } from './transactions.js';

@Entity()
class Product {
  @PrimaryGeneratedColumn() id!: number;
  @Column() stock!: number;
}

@EggyRepository(Product)
class ProductRepository extends Repository<Product> {}

@Injectable()
class Shop {
  readonly taken: number[] = [];

  constructor(
    readonly products: ProductRepository,
    readonly transactions: Transactions,
  ) {}

  @Transactional()
  @SetMetadata('role', 'clerk')
  async take(id: number, count: number, undo = false): Promise<string> {
    await this.products.decrement({ id }, 'stock', count);
    this.transactions.afterCommit(() => void this.taken.push(id));
    if (undo) throw new Error('undo');
    return 'taken';
  }

  @Transactional({ isolation: 'SERIALIZABLE' })
  async takeTwice(id: number): Promise<void> {
    await this.take(id, 1);
    await this.take(id, 2, true).catch(() => undefined);
  }
}

describe('Transactional', () => {
  let app: TestingModule;
  let shop: Shop;

  beforeEach(async () => {
    const imports = [EggyDatabaseModule.forRoot({ dsn: 'sqlite::memory:' })];
    app = await Test.createTestingModule({ imports, providers: [ProductRepository, Shop] }).compile();
    shop = app.get(Shop);
    await shop.products.insert({ id: 1, stock: 10 });
  });
  afterEach(() => app.close());

  const stock = async (): Promise<number> => (await shop.products.findOneByOrFail({ id: 1 })).stock;

  it('commits what the method did through repositories, then does what waits for the commit', async () => {
    expect(await shop.take(1, 3)).toBe('taken');
    expect(await stock()).toBe(7);
    expect(shop.taken).toEqual([1]);
  });

  it('rolls back when the method rejects', async () => {
    await expect(shop.take(1, 3, true)).rejects.toThrow('undo');
    expect(await stock()).toBe(10);
    expect(shop.taken).toEqual([]);
  });

  it('nests', async () => {
    await shop.takeTwice(1);
    expect(await stock()).toBe(9);
    expect(shop.taken).toEqual([1]);
  });

  it('keeps name, length and metadata of the method', () => {
    const take = Reflect.get(Shop.prototype, 'take') as object;

    expect(take).toHaveProperty('name', 'take');
    expect(take).toHaveLength(2);
    expect(Reflect.getMetadata('role', take)).toBe('clerk');
  });

  it('says what to do when the object was not made by Nest', async () => {
    const made = new Shop(shop.products, shop.transactions);

    await expect(made.take(1, 1)).rejects.toMatchObject({ code: 'EGGY_DATABASE_TRANSACTIONAL' });
    await expect(made.take(1, 1)).rejects.toThrow(/Shop\.take/);
  });

  it('takes async methods only', () => {
    class Wrong {
      // @ts-expect-error -- not async
      @Transactional()
      now(): number {
        return 1;
      }
    }
    expect(Wrong).toBeDefined();
  });
});
