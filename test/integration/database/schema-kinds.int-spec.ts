import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseName, leftOutUnless, sharedFlavour } from '../../support/shared-flavour.js';
import { COLUMN_KINDS, NOT_ADDED_ON_MYSQL, NOT_ON_MYSQL, NOT_ON_SQLITE } from './column-kinds.js';
import { type Columns, entity, mariaDbWorld, sqliteWorld, type Schema, type SchemaWorld } from './schema-world.js';

let world: SchemaWorld;
const kind = (name: string): Columns[string] => COLUMN_KINDS[name] ?? { type: 'int' };
const without = (...names: string[]): Columns =>
  Object.fromEntries(Object.entries(COLUMN_KINDS).filter(([name]) => !names.includes(name)));
afterEach(() => world.close());

describe(`every kind of column on ${databaseName}`, () => {
  const isMysql = sharedFlavour === 'mysql';
  const able = without(...(isMysql ? NOT_ON_MYSQL : []));
  beforeEach(async () => {
    world = await mariaDbWorld();
  });

  const forget = (): Promise<unknown> => world.query('DELETE FROM eggy_schema_state');

  it('is found as it was made: no statement, no drift', async () => {
    const kinds = entity('kinds', able);
    expect(Object.keys(able).length).toBeGreaterThanOrEqual(52);
    expect((await world.migrate(kinds)).steps).toHaveLength(1);
    await forget();

    expect(await world.migrate(kinds)).toMatchObject({ outcome: 'unchanged', steps: [], drift: [] });
  });

  it('is found as it was added to a table that is there', async () => {
    await world.migrate(entity('kinds'));
    const added = isMysql ? without(...NOT_ON_MYSQL, ...NOT_ADDED_ON_MYSQL) : able;
    const kinds = entity('kinds', added);
    expect((await world.migrate(kinds)).addedColumns).toHaveLength(Object.keys(added).length);
    await forget();

    expect(await world.migrate(kinds)).toMatchObject({ outcome: 'unchanged', steps: [], drift: [] });
  });

  it('is found in a table with a key of several columns, and in one without increments', async () => {
    const tables = [
      entity('pair', { id: { type: 'int', primary: true }, at: { type: 'varchar', length: 20, primary: true } }),
      entity('named', { id: { type: 'uuid', primary: true, generated: 'uuid' } }),
      entity('own', { id: { type: 'bigint', unsigned: true, primary: true } }, {
        relations: {
          pair: { type: 'many-to-one', target: 'pair', nullable: true, onDelete: 'SET NULL' },
          named: { type: 'one-to-one', target: 'named', joinColumn: true, nullable: true },
          others: { type: 'many-to-many', target: 'own', joinTable: true },
        },
        indices: [{ columns: ['named', 'id'] }],
      } as never),
    ] satisfies Schema[];
    await world.migrate(...tables);
    await forget();

    expect(await world.migrate(...tables)).toMatchObject({ outcome: 'unchanged', steps: [], drift: [] });
  });
});

const reason = leftOutUnless('mysql');
(reason ? describe.skip : describe)(`a column that MySQL cannot add${reason ? `, left out: ${reason}` : ''}`, () => {
  it('is refused, as its default differs from row to row, and nothing is changed', async () => {
    world = await mariaDbWorld();
    await world.migrate(entity('kinds'));
    const before = await world.dump();
    const names = ['int', ...NOT_ADDED_ON_MYSQL];
    const kinds = entity('kinds', Object.fromEntries(names.map((name) => [name, kind(name)])));

    await expect(world.migrate(kinds)).rejects.toMatchObject({
      code: 'EGGY_DATABASE_SCHEMA_REFUSED',
      items: [{ table: 'kinds', column: 'uuid_default', reason: expect.stringContaining('(uuid())') }],
    });
    expect(await world.dump()).toBe(before);
  });
});

describe('every kind of column that SQLite has a way for', () => {
  beforeEach(async () => {
    world = await sqliteWorld();
  });

  const able = without(...NOT_ON_SQLITE, 'uuid_default');

  it('is found as it was made: no statement, no drift', async () => {
    const kinds = entity('kinds', able);
    expect((await world.migrate(kinds)).createdTables).toEqual(['kinds']);
    await world.query('DELETE FROM eggy_schema_state');

    expect(await world.migrate(kinds)).toMatchObject({ outcome: 'unchanged', steps: [], drift: [] });
  });

  it('is found as it was added to a table that is there', async () => {
    await world.migrate(entity('kinds'));
    // Only stored when its table is new.
    const { sum_stored: _, ...added } = able;
    const kinds = entity('kinds', added);
    expect((await world.migrate(kinds)).addedColumns).toHaveLength(Object.keys(added).length);
    await world.query('DELETE FROM eggy_schema_state');

    expect(await world.migrate(kinds)).toMatchObject({ outcome: 'unchanged', steps: [], drift: [] });
  });

  it('gives back what it was given', async () => {
    const given = {
      enum: `it's`,
      set: ['r', 'x'],
      timestamp: new Date('2026-03-04T05:06:07.000Z'),
      char: 'abcd',
      binary: Buffer.from([0, 1, 255]),
      longtext: 'long',
      boolean: false,
      year: 2026,
      fixed: 1.25,
      json: { a: [1] },
    };
    const columns: Columns = Object.fromEntries(Object.keys(given).map((name) => [name, kind(name)]));
    const kinds = entity('kinds', { ...columns, year: { type: 'year' } });
    await world.migrate(kinds);
    const repository = (await world.open(kinds)).getRepository(kinds);
    await repository.insert(given);

    expect(await repository.find({ where: { timestamp: given.timestamp } })).toEqual([
      { id: 1, ...given, binary: new Uint8Array(given.binary) },
    ]);
    await expect(repository.insert({ ...given, enum: 'other' })).rejects.toThrow(/CHECK/);
  });

  it('tells every column that it has no way for, in one error', async () => {
    const unable = Object.fromEntries(NOT_ON_SQLITE.map((name) => [name, kind(name)]));
    const opening = world.open(entity('kinds', unable), entity('other', { place: { type: 'point' } }));

    await expect(opening).rejects.toMatchObject({
      code: 'EGGY_DATABASE_COLUMN_TYPES',
      why: [...NOT_ON_SQLITE.map((name) => `kinds.${name} (${name})`), 'other.place (point)'].join(', '),
    });
  });
});
