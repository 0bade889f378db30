/** A column that is there. */
export interface LiveColumn {
  name: string;
  /** As the database tells it. */
  type: string;
  nullable: boolean;
  /** SQL text; nothing when there is none. NULL is none. */
  default: string | undefined;
  generated: boolean;
  autoIncrement: boolean;
  /** Further parts of its definition, which a statement that changes the column has to repeat. */
  charset?: string | undefined;
  collation?: string | undefined;
  onUpdate?: string | undefined;
  comment?: string | undefined;
  invisible?: boolean;
  /** All that a CHECK lets the column be. */
  values?: string[] | undefined;
}

/** An index that is there, the primary key excepted. */
export interface LiveIndex {
  name: string;
  columns: string[];
  unique: boolean;
  kind: 'plain' | 'fulltext' | 'spatial';
  /** It covers whole columns, in ascending order: neither prefixes nor expressions nor a condition. */
  whole: boolean;
}

/** A foreign key that is there. */
export interface LiveKey {
  name: string;
  columns: string[];
  referencedTable: string;
  referencedColumns: string[];
  /** `null` where the user may not see it, here and below. */
  onDelete: string | null;
  onUpdate: string | null;
}

/** A table that is there. */
export class LiveTable {
  primaryKey: string[] = [];
  readonly indexes: LiveIndex[] = [];
  readonly keys: LiveKey[] = [];
  readonly #columns = new Map<string, LiveColumn>();

  constructor(readonly name: string) {}

  add(column: LiveColumn): void {
    this.#columns.set(column.name.toLowerCase(), column);
  }

  /** Names of columns that differ in case are the same on every database. */
  column(name: string): LiveColumn | undefined {
    return this.#columns.get(name.toLowerCase());
  }

  get columns(): Iterable<LiveColumn> {
    return this.#columns.values();
  }
}

/** What is there of what the entities ask for. */
export class LiveSchema {
  readonly #tables = new Map<string, LiveTable>();
  readonly #views: ReadonlySet<string>;

  /** @param foldTables whether the server takes table names that differ in case for the same */
  constructor(
    tables: Iterable<LiveTable>,
    views: Iterable<string>,
    private readonly foldTables: boolean,
  ) {
    for (const table of tables) this.#tables.set(this.key(table.name), table);
    this.#views = new Set([...views].map((name) => this.key(name)));
  }

  table(name: string): LiveTable | undefined {
    return this.#tables.get(this.key(name));
  }

  has(name: string): boolean {
    return this.#tables.has(this.key(name));
  }

  hasView(name: string): boolean {
    return this.#views.has(this.key(name));
  }

  /** The form of a table's name in which the same names are equal. */
  key(name: string): string {
    return this.foldTables ? name.toLowerCase() : name;
  }
}
