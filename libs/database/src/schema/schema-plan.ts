/** One statement that adds or widens something, or a versioned migration. There are no others. */
export interface SchemaStep {
  kind:
    | 'create-table'
    | 'add-column'
    | 'fill-column'
    | 'widen-column'
    | 'create-index'
    | 'add-foreign-key'
    | 'run-migration';
  table: string;
  /** Name of the column, index or key; the table's for a table, and the migration's for a migration. */
  object: string;
  sql: string;
  /** The start goes on when the server refuses it: then it is drift, with the statement to run by hand. */
  optional?: boolean;
}

/** Something that the entities ask for and that cannot be done safely. */
export interface RefusedItem {
  table: string;
  column?: string;
  reason: string;
  fix: string;
}

/** How bad a difference is. `error`: statements of the service fail by it. */
export type DriftSeverity = 'error' | 'warn' | 'info';

/** A difference between the database and the entities that is left as it is. */
export interface DriftItem {
  kind:
    | 'extra-column'
    | 'extra-index'
    | 'type'
    | 'nullability'
    | 'default'
    | 'primary-key'
    | 'index'
    | 'foreign-key'
    | 'view'
    | 'check'
    | 'refused-by-server';
  severity: DriftSeverity;
  table: string;
  /** Name of the column, index or key. */
  object?: string;
  /** What is there. */
  live?: string;
  /** What the entities ask for. */
  wanted?: string;
  hint: string;
  /** Statement that would end the difference, to be run by hand. */
  sql?: string;
}

/** What a migration would do. The same data that `apply` works from. */
export interface SchemaPlan {
  steps: SchemaStep[];
  /** When there is one, no step may be applied. */
  refused: RefusedItem[];
  /** What is left as it is. */
  drift: DriftItem[];
  createdTables: string[];
  /** As `table.column`. */
  addedColumns: string[];
  /** As `table.column`. */
  widenedColumns: string[];
}

/** Of a schema that lacks nothing. */
export function emptyPlan(drift: DriftItem[]): SchemaPlan {
  return { steps: [], refused: [], drift, createdTables: [], addedColumns: [], widenedColumns: [] };
}

/** `table.column`, or the table alone. */
export function placeOf({ table, object }: { table: string; object?: string }): string {
  return object === undefined || object === table ? table : `${table}.${object}`;
}
