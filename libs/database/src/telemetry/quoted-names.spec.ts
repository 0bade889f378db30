import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  Column,
  DataSource,
  DeleteDateColumn,
  Entity,
  type Logger,
  ManyToMany,
  ManyToOne,
  type Relation,
  JoinTable,
  OneToMany,
  PrimaryGeneratedColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { NodeSqlite } from '../sqlite/node-sqlite.js';
import { fingerprint } from './fingerprint.js';

@Entity()
class Tag {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) label!: string;
}

@Entity()
class Shop {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @OneToMany(() => Item, (item) => item.shop) items!: Relation<Item>[];
}

@Entity()
class Item {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) name!: string;
  @Column({ default: 0 }) count!: number;
  @VersionColumn() version!: number;
  @UpdateDateColumn() updatedAt!: Date;
  @DeleteDateColumn() deletedAt!: Date | null;
  @ManyToOne(() => Shop, (shop) => shop.items) shop!: Relation<Shop>;
  @ManyToMany(() => Tag) @JoinTable() tags!: Tag[];
}

/** What a data source sends while it does this. */
async function statementsOf(work: (dataSource: DataSource) => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const ignored = (): void => undefined;
  const logger = {
    logQueryError: ignored,
    logQuerySlow: ignored,
    logSchemaBuild: ignored,
    logMigration: ignored,
    log: ignored,
    logQuery: (sql: string) => void sent.push(sql),
  } as Logger;
  const entities = [Tag, Shop, Item];
  const dataSource = new DataSource({
    type: 'better-sqlite3',
    database: ':memory:',
    driver: NodeSqlite,
    entities,
    logger,
    logging: ['query'],
    synchronize: true,
  });
  await dataSource.initialize();
  await work(dataSource);
  await dataSource.destroy();
  return sent;
}

const names = (sql: string): string[] => sql.match(/"[^"]*"/g) ?? [];

describe('names in double quotes', () => {
  it('are told in the statements that TypeORM makes', async () => {
    const sent = await statementsOf(async ({ manager }) => {
      const shop = await manager.save(Shop, { name: 'a' });
      const tags = await manager.save(Tag, [{ label: 'a' }, { label: 'b' }]);
      const items = manager.getRepository(Item);
      const item = await items.save({ name: 'a', shop, tags });
      await items.save(items.merge(item, { name: 'b' }));
      await items.increment({ id: item.id }, 'count', 2);
      await items.upsert([{ name: 'c', shop }], ['name']);
      await items.update({ name: 'c', count: 7 }, { count: 8 });
      await items.find({
        relations: { shop: true, tags: true },
        where: { name: 'b' },
        order: { name: 'ASC' },
        take: 2,
      });
      await items.findOneBy({ id: item.id });
      await items.findAndCount({ skip: 1, take: 1, order: { count: 'DESC', id: 'ASC' } });
      await items.exists({ where: { name: 'x' } });
      await items.sum('count');
      await items
        .createQueryBuilder('i')
        .select('i.shopId')
        .addSelect('COUNT(*)', 'n')
        .groupBy('i.shopId')
        .getRawMany();
      await manager.createQueryBuilder().relation(Shop, 'items').of(shop).loadMany();
      await items.softDelete({ name: 'c' });
      await items.restore({ name: 'c' });
      await items.delete({ id: item.id, name: 'b' });
      await items.clear();
    });

    // Of `synchronize` itself only what creates.
    const made = sent.filter((sql) => !/^PRAGMA|sqlite_master|temporary_/.test(sql));
    expect(made.length).toBeGreaterThan(25);
    for (const sql of made) {
      const told = fingerprint(sql, 'sqlite');
      const kept = names(told);
      expect({ told, kept }).toEqual({ told, kept: names(sql).slice(0, told.endsWith('…') ? kept.length : undefined) });
    }
  });

  it.each([
    ['SELECT "secret" AS "a", "b"."c", \'x\' "d" FROM "e" "f", "g"', 'SELECT ? AS "a", "b"."c", ? ? FROM "e" "f", "g"'],
    ['SELECT a FROM b WHERE "secret" = c AND "d" = 1', 'SELECT a FROM b WHERE ? = c AND "d" = ?'],
    ['UPDATE a SET "b" = "secret", "c" = "c" || "secret"', 'UPDATE a SET "b" = ?, "c" = "c" || ?'],
    ['INSERT INTO a ("b", "c") VALUES ("secret", f("secret"))', 'INSERT INTO a ("b", "c") VALUES (?, f(?))'],
    ['SELECT a FROM b WHERE c IS DISTINCT FROM "secret"', 'SELECT a FROM b WHERE c IS DISTINCT FROM ?'],
    ['SELECT trim(BOTH "secret" FROM "secret") FROM "a"', 'SELECT trim(BOTH ? FROM ?) FROM "a"'],
    ['SELECT "lower"("secret") FROM "f"("secret")', 'SELECT ?(?) FROM "f"(?)'],
    ['SELECT a FROM b JOIN "c" ON "f"("secret") = a', 'SELECT a FROM b JOIN "c" ON ?(?) = a'],
    ['CREATE UNIQUE INDEX "a" ON "b" ("c", "d")', 'CREATE UNIQUE INDEX "a" ON "b" ("c", "d")'],
    ['select "a"."b" from "a" where "c" in (1)', 'select "a"."b" from "a" where "c" in (?)'],
    ['PRAGMA key = "secret"', 'PRAGMA key = ?'],
    ['SELECT 1 FROM a WHERE EXISTS ("secret") AND exists("secret")', 'SELECT ? FROM a WHERE EXISTS (?) AND exists(?)'],
  ])('of %j are told in %j, unless they may be a value', (sql, expected) => {
    expect(fingerprint(sql, 'sqlite')).toBe(expected);
  });

  const SECRET = 'Xq7zK9';
  const secret = fc
    .tuple(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }))
    .map(([before, after]) => `"${`${before}${SECRET}${after}`.replaceAll('"', '""')}"`);
  const plain = fc.constantFrom('a', '"b"', '"c"."d"', '[e]', '`f`', '?', '1', 'NULL', "'g'");
  const value = fc.oneof(secret, plain);
  const list = fc.array(value, { minLength: 1, maxLength: 3 }).map((all) => all.join(', '));
  const sign = fc.constantFrom(
    '=',
    '<',
    '>=',
    '<>',
    'LIKE',
    'IS',
    'IS NOT',
    '||',
    'GLOB',
    'IS DISTINCT FROM',
    'not like',
  );
  const condition = fc.oneof(
    fc.tuple(plain, sign, value).map((all) => all.join(' ')),
    fc.tuple(plain, list).map(([name, all]) => `${name} IN (${all})`),
    fc.tuple(plain, value, value).map(([name, low, high]) => `${name} BETWEEN ${low} AND ${high}`),
    fc.tuple(plain, value, value).map(([name, low, high]) => `${name} LIKE ${low} ESCAPE ${high}`),
    fc.tuple(secret, sign).map(([low, by]) => `${low} ${by} a`),
    fc.tuple(value, value).map(([low, high]) => `CASE WHEN a = ${low} THEN ${high} ELSE ${low} END = lower(${high})`),
  );
  const conditions = fc.tuple(condition, condition).map(([one, other]) => `(${one}) AND ${other}`);
  const statement = fc.oneof(
    fc.tuple(list, conditions).map(([all, which]) => `SELECT ${all} FROM "t" "u" JOIN "v" ON ${which} WHERE ${which}`),
    fc.tuple(list, list).map(([all, other]) => `INSERT INTO "t"("a", "b") VALUES (${all}), (${other})`),
    fc
      .tuple(list, conditions)
      .map(([all, which]) => `INSERT INTO "t" SELECT DISTINCT ${all} FROM f(${all}) WHERE ${which}`),
    fc.tuple(value, conditions).map(([one, which]) => `UPDATE "t" SET "a" = ${one}, b = f(${one}) WHERE ${which}`),
    fc.tuple(conditions, list).map(([which, all]) => `DELETE FROM "t" WHERE ${which} RETURNING ${all}`),
    fc
      .tuple(value, list)
      .map(([one, all]) => `CREATE TABLE "t" ("a" text DEFAULT ${one}, "b" CHECK ("b" IN (${all})))`),
  );

  it('hold no value, wherever one may stand', () => {
    fc.assert(
      fc.property(statement, (sql) => {
        expect(fingerprint(sql, 'sqlite')).not.toContain(SECRET);
      }),
      { numRuns: 2000 },
    );
  });
});
