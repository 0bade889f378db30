import { describe, expect, it } from '@jest/globals';
import { DataSource, EntitySchema, type Table, TableIndex } from 'typeorm';
import { desiredSchema } from '../desired-schema.js';
import { LiveSchema, LiveTable } from '../live-schema.js';
import { planSchema } from '../plan-schema.js';
import type { SchemaPlan } from '../schema-plan.js';
import { MysqlDialect } from './mysql-dialect.js';
import { mysqlServerOf } from './mysql-server.js';

interface Item {
  id: number;
}

const item = new EntitySchema<Item>({
  name: 'item',
  columns: { id: { type: 'int', primary: true }, name: { type: 'varchar', length: 90 } } as never,
  relations: { parent: { type: 'many-to-one', target: 'item', nullable: true } } as never,
  indices: [{ name: 'by_name', columns: ['name'] }] as never,
});

/** A driver that is not connected: statements are only recorded. */
class Drivers {
  createPool(): object {
    return { on: () => undefined };
  }
}

async function planOn(version: string, live: LiveTable[], change?: (table: Table) => void): Promise<SchemaPlan> {
  const dataSource = new DataSource({ type: 'mysql', database: 'shop', driver: new Drivers(), entities: [item] });
  await (dataSource as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
  const desired = desiredSchema(dataSource);
  for (const table of desired.tables) change?.(table);
  const runner = dataSource.createQueryRunner();
  // Whoever counts rows finds a large table.
  runner.query = (() => Promise.resolve([{ n: 1_000_000 }])) as never;
  const dialect = new MysqlDialect(runner, mysqlServerOf(version), new AbortController().signal);
  return planSchema(desired, new LiveSchema(live, [], false), dialect, { widen: true, copyMaxRows: 10 });
}

function oldItem(): LiveTable {
  const table = new LiveTable('item');
  const bare = { nullable: false, default: undefined, generated: false, autoIncrement: false };
  table.add({ ...bare, name: 'ID', type: 'int(11)' });
  table.add({ ...bare, name: 'name', type: 'varchar(9)', charset: 'utf8mb4', collation: 'utf8mb4_bin' });
  table.primaryKey.push('ID');
  return table;
}

const sqlOf = (plan: SchemaPlan): string[] => plan.steps.map(({ sql }) => sql);

describe('MysqlDialect', () => {
  it('lets MySQL refuse what it cannot do in place on a large table', async () => {
    expect(sqlOf(await planOn('9.7.4', [oldItem()]))).toEqual([
      'ALTER TABLE `item` ADD `parentId` int NULL',
      'ALTER TABLE `item` MODIFY COLUMN `name` varchar(90) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, ALGORITHM=INPLACE, LOCK=NONE',
      'CREATE INDEX `by_name` ON `item` (`name`) ALGORITHM=INPLACE LOCK=NONE',
      expect.stringMatching(/^ALTER TABLE `item` ADD CONSTRAINT `\w+` FOREIGN KEY/),
    ]);
  });

  it('says neither algorithm nor lock to TiDB, which has its own', async () => {
    const statements = sqlOf(await planOn('8.0.11-TiDB-v8.5.1', [oldItem()]));

    expect(statements).toHaveLength(4);
    expect(statements.join()).not.toMatch(/ALGORITHM|LOCK/);
  });

  it('makes no foreign key on a TiDB that does not enforce it, and reports none as missing', async () => {
    const created = await planOn('8.0.11-TiDB-v7.5.0', []);
    const changed = await planOn('8.0.11-TiDB-v7.5.0', [oldItem()]);

    expect([...sqlOf(created), ...sqlOf(changed)].join()).not.toContain('FOREIGN KEY');
    expect([...created.drift, ...changed.drift]).toEqual([]);
  });

  it('refuses FULLTEXT and SPATIAL indexes on TiDB, and not elsewhere', async () => {
    const withText = (table: Table): void => {
      table.indices.push(new TableIndex({ name: 'words', columnNames: ['name'], isFulltext: true }));
    };

    expect((await planOn('8.0.11-TiDB-v8.5.1', [], withText)).refused).toEqual([
      expect.objectContaining({ table: 'item', reason: expect.stringContaining('words') }),
    ]);
    expect((await planOn('10.11.6-MariaDB', [], withText)).refused).toEqual([]);
  });
});
