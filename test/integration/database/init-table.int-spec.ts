import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EggyRepository, type InitTableContext, SchemaMigrator, type SchemaReport } from '@eggybyte/database';
import { Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { type Columns, entity, type Schema, type SchemaWorld, worlds } from './schema-world.js';

const NAME: Columns = { name: { type: 'varchar' } };
const EGGS: Columns = { ...NAME, eggs: { type: 'int', nullable: true } };
const REPLICAS = 5;

type Call = Pick<InitTableContext, 'created' | 'from'>;
const FIRST: Call = { created: true, from: 0 };
const CHANGED: Call = { created: false, from: 1 };

describe.each(worlds)('initTable on %s', (_, makeWorld) => {
  let world: SchemaWorld;
  beforeEach(async () => {
    Logger.overrideLogger(false);
    world = await makeWorld();
  });
  afterEach(() => world.close());

  /** One start, with an initTable that adds a row and then perhaps fails; what it was called with. */
  async function start(
    hen: Schema,
    version: number,
    fail = false,
  ): Promise<{ calls: Call[]; report: Partial<SchemaReport>; error: unknown }> {
    const calls: Call[] = [];
    const initTable = async ({ manager, created, from }: InitTableContext): Promise<void> => {
      calls.push({ created, from });
      await manager.insert(hen, { name: `v${version}` });
      if (fail) throw new Error('no hens today');
    };
    const initializations = [{ entity: hen, name: 'Hens', version, initializer: () => ({ initTable }) }];
    const migrator = new SchemaMigrator(await world.open(hen), { initializations });
    const report = migrator.migrate();
    const error: unknown = await report.then(
      () => undefined,
      (failure: unknown) => failure,
    );
    return { calls, report: error ? {} : await report, error };
  }
  const names = async (): Promise<unknown[]> =>
    (await world.query('SELECT name FROM hen ORDER BY id')).map(({ name }) => name);

  it('runs for a new table, whatever its version, and not for one that is as it was', async () => {
    expect((await start(entity('hen', NAME), 3)).calls).toEqual([FIRST]);
    expect((await start(entity('hen', NAME), 3)).calls).toEqual([]);
    expect(await names()).toEqual(['v3']);
  });

  it('does not run for a table that was there before, until the version is raised', async () => {
    await world.migrate(entity('hen', NAME));

    expect((await start(entity('hen', NAME), 1)).calls).toEqual([]);
    const raised = await start(entity('hen', NAME), 2);
    expect(raised.calls).toEqual([CHANGED]);
    expect(raised.report).toMatchObject({ outcome: 'applied', initializedTables: ['hen'], steps: [] });
    expect((await start(entity('hen', NAME), 2)).calls).toEqual([]);
  });

  it('runs once more for each version, told which one it was, and nothing for a lower one', async () => {
    await start(entity('hen', NAME), 1);

    expect((await start(entity('hen', NAME), 2)).calls).toEqual([CHANGED]);
    expect((await start(entity('hen', NAME), 5)).calls).toEqual([{ created: false, from: 2 }]);
    expect((await start(entity('hen', NAME), 1)).calls).toEqual([]);
    expect((await start(entity('hen', EGGS), 3)).calls).toEqual([{ created: false, from: 5 }]);
    expect((await start(entity('hen', EGGS), 5)).calls).toEqual([]);
  });

  it('runs when the table has got a column, once for it and for a raised version together', async () => {
    await start(entity('hen', NAME), 1);

    expect((await start(entity('hen', EGGS), 1)).calls).toEqual([CHANGED]);
    expect((await start(entity('hen', EGGS), 1)).calls).toEqual([]);
    const more = { ...EGGS, breed: { type: 'varchar', nullable: true } } satisfies Columns;
    expect((await start(entity('hen', more), 2)).calls).toEqual([CHANGED]);
    expect((await start(entity('hen', more), 2)).calls).toEqual([]);
  });

  it('does not run when another table has changed', async () => {
    await start(entity('hen', NAME), 1);
    await world.migrate(entity('hen', NAME), entity('nest'));
    await world.migrate(entity('hen', NAME), entity('nest', NAME));

    expect((await start(entity('hen', NAME), 1)).calls).toEqual([]);
  });

  it('undoes what it did when it fails, and runs again at the next start, for a column and for a version', async () => {
    await start(entity('hen', NAME), 1);
    for (const [columns, version] of [[EGGS, 1] as const, [EGGS, 2] as const]) {
      const failed = await start(entity('hen', columns), version, true);
      expect(failed.error).toMatchObject({ code: 'EGGY_DATABASE_INIT_TABLE' });
      const before = await names();

      expect(before).toHaveLength(version);
      expect((await start(entity('hen', columns), version)).calls).toEqual([CHANGED]);
      expect((await start(entity('hen', columns), version)).calls).toEqual([]);
      expect(await names()).toEqual([...before, `v${version}`]);
    }
  });

  it('runs in one of the replicas that raise the version at once', async () => {
    await start(entity('hen', NAME), 1);
    const starts = await Promise.all(Array.from({ length: REPLICAS }, () => start(entity('hen', NAME), 2)));

    expect(starts.flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(starts.flatMap(({ calls }) => calls)).toEqual([CHANGED]);
    expect(await names()).toEqual(['v1', 'v2']);
  });
});

describe('EggyRepository', () => {
  @Entity()
  class Nest {
    @PrimaryGeneratedColumn()
    id!: number;
  }

  it.each([0, -1, 1.5, Number.NaN, 2 ** 31, '2' as unknown as number])('refuses the version %p', (version) => {
    expect(() => EggyRepository(Nest, { version })).toThrow(/whole number from 1/);
  });

  it('refuses a version that no initTable runs for', () => {
    class Nests extends Repository<Nest> {}

    expect(() => EggyRepository(Nest, { version: 2 })(Nests)).toThrow(/Nests has no initTable\(\)/);
  });
});
