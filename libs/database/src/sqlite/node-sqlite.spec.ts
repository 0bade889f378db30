import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Column, CreateDateColumn, type DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { openDatabase } from '../open-database.js';
import { SchemaMigrator } from '../schema/schema-migrator.js';
import { NodeSqlite } from './node-sqlite.js';

@Entity()
class Everything {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column() text!: string;
  @Column() flag!: boolean;
  @Column('simple-json') json!: { deep: number[] };
  @Column('datetime') at!: Date;
  @Column('date') day!: string;
  @Column('blob') bytes!: Buffer;
  @Column('decimal', { precision: 10, scale: 2 }) price!: number;
  @Column({ nullable: true, type: 'varchar' }) nothing!: string | null;
  @CreateDateColumn() created!: Date;
}

describe('NodeSqlite', () => {
  let folder: string;
  let dataSource: DataSource;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    folder = await mkdtemp(join(tmpdir(), 'eggy-sqlite-'));
    dataSource = await openDatabase({ dsn: `sqlite:${join(folder, 'new', 'a.db')}`, entities: [Everything] });
    await new SchemaMigrator(dataSource).migrate();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await rm(folder, { recursive: true });
  });

  it('stores and finds what an entity holds, as it was', async () => {
    const repository = dataSource.getRepository(Everything);
    const given = {
      text: 'Ünïcödé 🥚',
      flag: true,
      json: { deep: [1, 2] },
      at: new Date('2026-07-04T12:34:56.789Z'),
      day: '2026-07-04',
      bytes: Buffer.from([0, 255]),
      price: 12.5,
      nothing: null,
    };
    const { id } = await repository.save(given);
    const found = await repository.findOneByOrFail({ at: given.at, flag: true });

    expect(found).toMatchObject({ ...given, id, bytes: expect.anything() });
    expect(Buffer.from(found.bytes)).toEqual(given.bytes);
    expect(Math.abs(found.created.getTime() - Date.now())).toBeLessThan(5000);
    expect(await repository.update({ id }, { flag: false })).toMatchObject({ affected: 1 });
    expect(await repository.countBy({ flag: false })).toBe(1);
  });

  it('uses the write-ahead log for a file, and foreign keys', async () => {
    expect(await dataSource.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await dataSource.query('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
  });

  it('takes booleans, dates and nothing as parameters', () => {
    const database = new NodeSqlite(':memory:');
    const date = new Date('2026-01-02T03:04:05.678Z');
    const row = database.prepare('SELECT ? AS a, ? AS b, ? AS c, ? AS d').all(true, false, undefined, date);

    expect(row).toEqual([{ a: 1, b: 0, c: null, d: '2026-01-02 03:04:05.678' }]);
    database.close();
    database.close();
    expect(database.open).toBe(false);
  });

  it('waits for another user of the file, without blocking the process, and loses no transaction to it', async () => {
    const dsn = `sqlite:${join(folder, 'shared.db')}`;
    const [one, two] = await Promise.all([openDatabase({ dsn }), openDatabase({ dsn })]);
    await one.query('CREATE TABLE counter (n integer)');
    await one.query('INSERT INTO counter VALUES (0)');
    const add = (user: DataSource): Promise<void> =>
      user.transaction(async (manager) => {
        const [row] = await manager.query<{ n: number }[]>('SELECT n FROM counter');
        await sleep(5);
        await manager.query('UPDATE counter SET n = ?', [Number(row?.n) + 1]);
      });
    await Promise.all([add(one), add(two), add(one), add(two), two.query('UPDATE counter SET n = n + 1')]);

    expect(await two.query('SELECT n FROM counter')).toEqual([{ n: 5 }]);
    await Promise.all([one.destroy(), two.destroy()]);
  });

  it('names the file that is no database, or no place for one', async () => {
    const file = join(folder, 'text.db');
    await writeFile(file, 'not a database, but long enough to be taken for one'.repeat(20));

    await expect(openDatabase({ dsn: `sqlite:${file}` })).rejects.toMatchObject({ code: 'EGGY_DATABASE_EMBEDDED' });
    await expect(openDatabase({ dsn: `sqlite:${join(file, 'below.db')}` })).rejects.toThrow(/text\.db/);
  });
});
