import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SchemaStep } from '@eggybyte/database';
import { COLUMN_KINDS, NOT_ADDED_ON_MYSQL, NOT_ON_MYSQL, NOT_ON_SQLITE } from './column-kinds.js';
import { type Columns, entity, type Schema, type SchemaWorld, worlds } from './schema-world.js';

// TiDB is not at hand, so the statements themselves are looked at: one change per ALTER, and nothing that TiDB's
// documentation calls unsupported.

let world: SchemaWorld;
afterEach(() => world.close());

const { sum_stored: _, ...anywhere } = COLUMN_KINDS;
const kindsOf = (names: readonly string[]): Columns =>
  Object.fromEntries(names.map((name) => [name, COLUMN_KINDS[name] ?? { type: 'int' as const }]));
const UNABLE: Partial<Record<SchemaWorld['name'], string[]>> = {
  SQLite: [...NOT_ON_SQLITE, 'uuid_default'],
  MySQL: [...NOT_ON_MYSQL, ...NOT_ADDED_ON_MYSQL],
};

/** A shop in two versions that make every kind of step. */
function corpus(isSecond: boolean, kinds: Columns): Schema[] {
  return [
    entity('farm', isSecond ? { id: { type: 'bigint', primary: true, generated: true } } : {}),
    entity('kinds', isSecond ? kinds : {}),
    entity(
      'hen',
      {
        name: { type: 'varchar', length: isSecond ? 90 : 9 },
        kind: { type: 'enum', enum: isSecond ? ['a', 'b', 'c'] : ['a', 'b'] },
        eggs: { type: isSecond ? 'bigint' : 'int', nullable: isSecond },
        ...(isSecond && { ring: { type: 'varchar', nullable: true, unique: true } as const }),
      },
      {
        relations: {
          mother: { type: 'many-to-one', target: 'hen', nullable: true },
          ...(isSecond && { home: { type: 'many-to-one', target: 'coop', nullable: true, onDelete: 'CASCADE' } }),
          friends: { type: 'many-to-many', target: 'hen', joinTable: { name: 'friends' } },
        },
        indices: isSecond ? [{ columns: ['name', 'kind'] }, { columns: ['kind', 'name'], unique: true }] : [],
      } as never,
    ),
    ...(isSecond
      ? [entity('coop', {}, { relations: { first: { type: 'many-to-one', target: 'hen' } } } as never)]
      : []),
  ];
}

/** What one statement has that TiDB would not take, or that changes two things. */
function faults({ kind, sql }: SchemaStep): string[] {
  // What stands in quotes is a name or a text.
  const bare = sql.replaceAll(/'(?:[^'\\]|''|\\.)*'|`[^`]*`|"[^"]*"/g, 'x');
  const found: [string, boolean][] = [
    [
      'drops, renames or rewrites',
      /\b(?:DROP|RENAME|CHANGE|TRUNCATE|DELETE|INSERT|REPLACE)\b(?! (?:CASCADE|SET NULL))/i.test(
        bare.replaceAll(/ON (?:DELETE|UPDATE)/g, ''),
      ),
    ],
    [
      'fills rows other than of a new column',
      /\bUPDATE\b/i.test(bare.replaceAll(/ON UPDATE/g, '')) && kind !== 'fill-column',
    ],
    [
      'several changes',
      bare.startsWith('ALTER') &&
        (bare.replaceAll(/\([^()]*(?:\([^()]*\)[^()]*)*\)/g, '').match(/,(?! (?:ALGORITHM|LOCK)=)/g) ?? []).length > 0,
    ],
    ['a key by ADD COLUMN', kind === 'add-column' && /\b(?:UNIQUE|PRIMARY KEY|AUTO_INCREMENT)\b/i.test(bare)],
    ['an index by ALTER', /^ALTER.* ADD (?:UNIQUE |FULLTEXT |SPATIAL )?(?:INDEX|KEY)\b/i.test(bare)],
    ['FULLTEXT or SPATIAL', /\b(?:FULLTEXT|SPATIAL)\b/i.test(bare)],
    ['a semicolon', bare.includes(';')],
  ];
  return found.filter(([, is]) => is).map(([what]) => `${what}: ${sql}`);
}

describe.each(worlds)('the statements of a migration on %s', (name, create) => {
  beforeEach(async () => {
    world = await create();
  });

  it('add or widen one thing each, in a form that TiDB takes', async () => {
    const able = Object.keys(anywhere).filter((kind) => !UNABLE[name]?.includes(kind));
    const first = await world.migrate(...corpus(false, {}));
    await world.query("INSERT INTO hen (name, kind, eggs) VALUES ('a', 'a', 1)");
    const second = await world.migrate(...corpus(true, kindsOf(able)));
    const steps = [...first.steps, ...second.steps];

    expect(steps.length).toBeGreaterThan(70);
    expect(new Set(steps.map(({ kind }) => kind))).toEqual(
      new Set(
        name !== 'SQLite'
          ? ['create-table', 'add-column', 'widen-column', 'create-index', 'add-foreign-key']
          : ['create-table', 'add-column', 'create-index'],
      ),
    );
    expect(steps.flatMap(faults)).toEqual([]);
  });

  it('are seen by this test when they are wrong', () => {
    const wrong = (sql: string, kind: SchemaStep['kind'] = 'add-column'): number =>
      faults({ kind, table: 't', object: 'o', sql }).length;

    expect(wrong('ALTER TABLE `t` ADD `a` int NOT NULL, ADD `b` int')).toBe(1);
    expect(wrong('ALTER TABLE `t` DROP COLUMN `a`')).toBe(1);
    expect(wrong('ALTER TABLE `t` ADD `a` int UNIQUE')).toBe(1);
    expect(wrong('ALTER TABLE `t` CHANGE `a` `b` int')).toBe(1);
    expect(wrong("ALTER TABLE `t` ADD `a` varchar(9) DEFAULT 'DROP, x' COMMENT 'a, b; c'")).toBe(0);
    expect(wrong('ALTER TABLE `t` MODIFY COLUMN `a` decimal(9,3) NULL, ALGORITHM=INPLACE, LOCK=NONE')).toBe(0);
  });
});
