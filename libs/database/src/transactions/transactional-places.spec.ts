import 'reflect-metadata';
import { Inject, Injectable, Logger, Scope } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { EggyDatabaseModule } from '../database.module.js';
import { EggyRepository } from '../repository.js';
import { Transactional } from './transactional.js';

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@EggyRepository(Item)
class Items extends Repository<Item> {}

const fail = (): never => {
  throw new Error('undo');
};

class Base {
  @Inject() readonly items!: Items;

  @Transactional()
  async insert(name: string, undo = false): Promise<void> {
    await this.items.insert({ name });
    if (undo) fail();
  }

  @Transactional()
  async replaced(): Promise<void> {
    await this.items.insert({ name: 'base' });
  }
}

@Injectable()
class Derived extends Base {
  @Transactional()
  async both(undo: boolean): Promise<void> {
    await this.insert('first');
    await this.insert('second', true).catch(() => undefined);
    await this.insert('third');
    if (undo) fail();
  }

  @Transactional()
  override async replaced(): Promise<void> {
    await super.replaced();
    await this.items.insert({ name: 'derived' });
    fail();
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest extends Base {
  @Inject() readonly derived!: Derived;

  @Transactional()
  async twice(undo: boolean): Promise<void> {
    await this.items.insert({ name: 'of the request' });
    await this.derived.insert('of the singleton');
    if (undo) fail();
  }
}

const applications: TestingModule[] = [];

async function start(): Promise<TestingModule> {
  const imports = [EggyDatabaseModule.forRoot({ dsn: 'sqlite::memory:' })];
  const app = await Test.createTestingModule({ imports, providers: [Items, Derived, PerRequest] }).compile();
  applications.push(app);
  return app;
}

beforeEach(() => Logger.overrideLogger(false));
afterEach(() => Promise.all(applications.splice(0).map((app) => app.close())));

const names = async (app: TestingModule): Promise<string[]> =>
  (await app.get(Items).find({ order: { id: 'ASC' } })).map(({ name }) => name);

describe('@Transactional()', () => {
  it('nests methods that call each other, inherited ones too', async () => {
    const app = await start();
    await app.get(Derived).both(false);
    expect(await names(app)).toEqual(['first', 'third']);

    await expect(app.get(Derived).both(true)).rejects.toThrow('undo');
    expect(await names(app)).toEqual(['first', 'third']);
  });

  it('makes an overriding method and the one that it calls a single transaction', async () => {
    const app = await start();

    await expect(app.get(Derived).replaced()).rejects.toThrow('undo');
    expect(await names(app)).toEqual([]);
  });

  it('is in the database of the application that made the object', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await Promise.all([
      one.get(Derived).insert('one'),
      two.get(Derived).insert('two'),
      expect(two.get(Derived).insert('undone', true)).rejects.toThrow('undo'),
    ]);
    await one.close();
    await two.get(Derived).insert('after the other has closed');

    expect(await names(two)).toEqual(['two', 'after the other has closed']);
  });

  it('works in providers of a request, together with singletons', async () => {
    const app = await start();
    const inRequest = (): Promise<PerRequest> => app.resolve(PerRequest, ContextIdFactory.create());
    const [one, two] = await Promise.all([inRequest(), inRequest()]);
    expect(one).not.toBe(two);

    await Promise.all([one.twice(false), expect(two.twice(true)).rejects.toThrow('undo')]);
    expect(await names(app)).toEqual(['of the request', 'of the singleton']);
  });

  it('says what is wrong when there is no database, or no object', async () => {
    @Injectable()
    class Lonely {
      @Transactional()
      async method(): Promise<void> {}
    }
    const imports = [EggyDatabaseModule.forRoot({})];
    const app = await Test.createTestingModule({ imports, providers: [Lonely] }).compile();
    applications.push(app);
    const { method }: { method: (this: void) => Promise<void> } = app.get(Lonely);

    const why = /`Lonely\.method` is @Transactional\(\) .*neither a DSN nor an entity/;
    await expect(app.get(Lonely).method()).rejects.toThrow(why);
    await expect(method()).rejects.toMatchObject({ code: 'EGGY_DATABASE_TRANSACTIONAL' });
  });

  it('refuses at once to decorate what is no method of an object, and options without sense', () => {
    const decorate = Transactional() as (target: object, key: string, descriptor?: PropertyDescriptor) => void;
    const method = { value: async () => undefined };

    expect(() => decorate({}, 'property')).toThrow(
      /@Transactional\(\)` to be on a method of an object, got `property`/,
    );
    expect(() => decorate({}, 'getter', { get: () => undefined })).toThrow(/got `getter`/);
    expect(() => decorate(Base, 'static', method)).toThrow(/got `static`/);
    expect(() => Transactional({ retries: -1 })).toThrow(/`retries`/);
  });
});
