import 'reflect-metadata';
import { forwardRef, Inject, Injectable, Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { InjectRepository } from '@nestjs/typeorm';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Column, DataSource, Entity, EntityManager, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { EggyDatabaseModule } from '../database.module.js';
import { EggyRepository } from '../repository.js';
import type { TableInitializer } from '../schema/table-initializer.js';
import { Transactional } from '../transactions/transactional.js';

@Entity()
class Log {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
}

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

const roots = () => [EggyDatabaseModule.forRoot({ dsn: 'sqlite::memory:' }), EggyDatabaseModule.forFeature([Log])];

describe('a repository in its initTable', () => {
  beforeEach(() => Logger.overrideLogger(false));
  afterEach(() => {
    jest.useRealTimers();
  });

  it('has everything of the database that it injects, other repositories in a circle too', async () => {
    const seen: Record<string, unknown> = {};

    @EggyRepository(Log)
    class Logs extends Repository<Log> {
      @Inject(forwardRef(() => Items)) readonly items!: Repository<Item>;
    }
    @EggyRepository(Item)
    class Items extends Repository<Item> implements TableInitializer {
      @Inject(forwardRef(() => Logs)) readonly logs!: Logs;
      @Inject() readonly dataSource!: DataSource;
      @Inject() readonly entityManager!: EntityManager;
      @InjectRepository(Log) readonly plainLogs!: Repository<Log>;

      @Transactional()
      async fill(): Promise<void> {
        await this.logs.insert({ text: 'by repository' });
        await this.plainLogs.insert({ text: 'by token' });
      }

      async initTable(): Promise<void> {
        await this.fill();
        seen['circle'] = this.logs.items === this;
        seen['logs'] = await this.entityManager.count(Log);
        seen['initialized'] = this.dataSource.isInitialized;
        seen['same class'] = this instanceof Items && this.constructor.name;
      }
    }
    const app = await Test.createTestingModule({ imports: roots(), providers: [Logs, Items] }).compile();

    expect(seen).toEqual({ circle: true, logs: 2, initialized: true, 'same class': 'Items' });
    expect(app.get(Items).logs).toBe(app.get(Logs));
    expect(app.get(Logs).items).toBe(app.get(Items));
    await app.close();
  });

  it('is named when it injects something that itself waits for the database', async () => {
    @Injectable()
    class Audit {
      constructor(readonly dataSource: DataSource) {}
    }
    @EggyRepository(Item)
    class Items extends Repository<Item> implements TableInitializer {
      @Inject() readonly audit!: Audit;
      initTable(): Promise<void> {
        return Promise.reject(new Error('never called'));
      }
    }
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
    const start = Test.createTestingModule({ imports: roots(), providers: [Audit, Items] }).compile();
    start.catch(() => undefined);
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    jest.advanceTimersByTime(10_000);

    await expect(start).rejects.toMatchObject({ code: 'EGGY_DATABASE_INIT_TABLE' });
    await expect(start).rejects.toThrow(/Items.*one of its properties waits for the database/);
  });
});
