import type { Table, TableColumn, TableForeignKey } from 'typeorm';
import type { LiveKey, LiveTable } from './live-schema.js';
import type { Planning } from './plan-schema.js';
import type { DriftItem } from './schema-plan.js';

/** Puts the missing foreign keys of a table that is there into the plan, by what they refer to and not by their names. */
export async function planKeys(
  table: Table,
  live: LiveTable,
  added: readonly TableColumn[],
  { plan, dialect, keys, live: schema }: Planning,
): Promise<void> {
  for (const key of table.foreignKeys) {
    const referenced = schema.key(key.referencedTableName);
    const same = live.keys.find((other) => refersAlike(other, key) && schema.key(other.referencedTable) === referenced);
    const namesake = live.keys.find((other) => other.name.toLowerCase() === key.name?.toLowerCase());
    const isNew = key.columnNames.some((column) => added.some(({ name }) => name === column));
    if (same) plan.drift.push(...otherRules(table, key, same));
    else if (dialect.defersKeys && !namesake) keys.push(...(await dialect.addForeignKey(table, key)));
    // On SQLite it comes with its column, or not at all.
    else if (dialect.enforcesKeys && !isNew) plan.drift.push(missingKey(table, key, namesake));
  }
}

function lower(names: readonly string[]): string {
  return names.map((name) => name.toLowerCase()).join();
}

function refersAlike(live: LiveKey, wanted: TableForeignKey): boolean {
  return (
    lower(live.columns) === lower(wanted.columnNames) &&
    lower(live.referencedColumns) === lower(wanted.referencedColumnNames)
  );
}

/** NO ACTION and RESTRICT are the same to the server, and what it does when nothing is said. */
function rule(text: string | undefined): string {
  return text === undefined || text === 'RESTRICT' ? 'NO ACTION' : text;
}

function otherRules(table: Table, key: TableForeignKey, live: LiveKey): DriftItem[] {
  if (live.onDelete === null || live.onUpdate === null) return [];
  const found = `ON DELETE ${rule(live.onDelete)} ON UPDATE ${rule(live.onUpdate)}`;
  const wanted = `ON DELETE ${rule(key.onDelete)} ON UPDATE ${rule(key.onUpdate)}`;
  if (found === wanted) return [];
  const hint = 'foreign keys that are there are not changed: replace it by a migration';
  const at = { table: table.name, object: live.name };
  return [{ kind: 'foreign-key', severity: 'warn', ...at, live: found, wanted, hint }];
}

function missingKey(table: Table, key: TableForeignKey, namesake: LiveKey | undefined): DriftItem {
  const target = (name: string, columns: readonly string[]): string => `${name} (${columns.join(', ')})`;
  return {
    kind: 'foreign-key',
    severity: 'warn',
    table: table.name,
    object: key.name ?? '',
    live: namesake ? target(namesake.referencedTable, namesake.referencedColumns) : 'none',
    wanted: target(key.referencedTableName, key.referencedColumnNames),
    hint: namesake
      ? 'a foreign key of this name refers to something else: replace it by a migration'
      : 'SQLite adds no foreign key to a table that is there: create the table anew to get it',
  };
}
