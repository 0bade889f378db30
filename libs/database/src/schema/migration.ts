import type { Logger } from '@nestjs/common';
import { waitingOn } from '@eggybyte/lifecycle';
import type { DataSource } from 'typeorm';
import { loggerOf, nameOfDataSource } from '../data-source/data-source-name.js';
import type { DesiredSchema } from './desired-schema.js';
import {
  InitTableError,
  reasonOf,
  SchemaApplyError,
  SchemaDivergesError,
  SchemaRefusedError,
} from './schema.errors.js';
import { INITIALIZED, type InitializedTable, type PendingReason } from './initialized-tables.js';
import type { SchemaSession } from './schema-database.js';
import { type DriftItem, placeOf, type SchemaPlan, type SchemaStep } from './schema-plan.js';
import { HISTORY_TABLE } from './schema-state.js';
import type { TableInitialization } from './table-initializer.js';
import type { NamedMigration, VersionedMigrations } from './versioned-migrations.js';

/** Other processes that change the schema without the lock can make it necessary to look again. */
const MOST_ROUNDS = 4;
const CHANGES_COLUMN = new Set<SchemaStep['kind']>(['add-column', 'widen-column']);

export interface MigrationResult {
  /** Without steps, but with the drift that is left. */
  plan: SchemaPlan;
  /** Those that ran here and did something. */
  steps: SchemaStep[];
  initializedTables: string[];
}

/** The work under the lock: plan, apply, plan again until there is nothing left, fill new tables, remember. */
export class Migration {
  readonly #initializations: ReadonlyMap<string, TableInitialization>;
  readonly #steps: SchemaStep[] = [];
  readonly #refused = new Map<string, DriftItem>();
  readonly #logger: Logger;
  #seq = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly session: SchemaSession,
    private readonly versioned: VersionedMigrations,
    initializations: readonly TableInitialization[],
    private readonly signal: AbortSignal,
  ) {
    this.#logger = loggerOf('SchemaMigrator', nameOfDataSource(dataSource));
    this.#initializations = new Map(
      initializations.map((item) => [dataSource.getMetadata(item.entity).tableName, item] as const),
    );
  }

  async run(desired: DesiredSchema, replan: () => Promise<SchemaPlan>): Promise<MigrationResult> {
    const names = desired.tables.map(({ name }) => name);
    const { pending, baseline } = await this.versioned.pending(names);
    if (baseline.length > 0) await this.#baseline(baseline);
    await this.#migrate(pending.filter(({ migration }) => !migration.after));
    const first = await replan();
    let plan = await this.#converge(first, replan);
    const after = pending.filter(({ migration }) => migration.after);
    await this.#migrate(after);
    if (after.length > 0) plan = await replan();
    const { filled: initializedTables, left } = await this.#fill(names);
    const drift = [...plan.drift, ...this.#refused.values()];
    // A table that another version has to fill would look finished to that version.
    if (left.length === 0) await this.session.state.save(drift);
    const { createdTables, addedColumns, widenedColumns } = this.#done(first);
    return {
      plan: { ...plan, createdTables, addedColumns, widenedColumns, drift },
      steps: this.#steps,
      initializedTables,
    };
  }

  async #converge(first: SchemaPlan, replan: () => Promise<SchemaPlan>): Promise<SchemaPlan> {
    let plan = first;
    for (let round = 1; ; round++) {
      if (plan.refused.length > 0) throw new SchemaRefusedError(plan.refused);
      const steps = plan.steps.filter((step) => !this.#refused.has(step.sql));
      if (steps.length === 0) return plan;
      // A second round is only for what others did at the same time.
      const others = await this.#apply(steps, plan, round);
      plan = await replan();
      const rest = plan.steps.filter((step) => !this.#refused.has(step.sql));
      if (rest.length > 0 && (!others || round === MOST_ROUNDS)) throw new SchemaDivergesError(rest);
    }
  }

  /** Resolves to whether something was there already. */
  async #apply(steps: readonly SchemaStep[], plan: SchemaPlan, round: number): Promise<boolean> {
    const { dialect, state } = this.session;
    this.signal.throwIfAborted();
    await state.prepare();
    if (round === 1) await this.#tellInterrupted(plan);
    await dialect.initialized.expect(this.#expected(steps, plan));
    let others = false;
    for (const step of steps) if ((await this.#applyStep(step)) === 'exists') others = true;
    return others;
  }

  /** The tables of these steps that have an `initTable`. */
  #expected(steps: readonly SchemaStep[], { createdTables }: SchemaPlan): Map<string, PendingReason> {
    const changed = steps.filter(({ kind }) => CHANGES_COLUMN.has(kind)).map(({ table }) => table);
    const all: [string, PendingReason][] = [
      ...changed.map((table): [string, PendingReason] => [table, 'changed']),
      ...createdTables.map((table): [string, PendingReason] => [table, 'created']),
    ];
    return new Map(all.filter(([table]) => this.#initializations.has(table)));
  }

  async #baseline(migrations: readonly NamedMigration[]): Promise<void> {
    await this.session.stillHeld();
    await this.versioned.baseline(migrations);
    this.#logger.warn(
      `The schema is older than this start and remembers no migrations: ${migrations.length} count as done and are not run ` +
        `(${migrations.map(({ name }) => name).join(', ')})`,
    );
  }

  async #migrate(migrations: readonly NamedMigration[]): Promise<void> {
    if (migrations.length > 0) await this.session.state.prepare();
    for (const migration of migrations) {
      await this.#applyStep(migrationStep(migration), async () => {
        await this.versioned.run(migration);
        return 'done';
      });
    }
  }

  async #applyStep(
    step: SchemaStep,
    work: () => Promise<'done' | 'exists'> = () => this.session.dialect.apply(step),
  ): Promise<'done' | 'exists' | 'failed'> {
    const { dialect, state } = this.session;
    this.signal.throwIfAborted();
    await this.session.stillHeld();
    const seq = ++this.#seq;
    const began = performance.now();
    await state.begin(seq, step);
    try {
      const outcome = await waitingOn(`${step.kind} ${placeOf(step)}`, work);
      const tookMs = performance.now() - began;
      await state.end(seq, outcome, tookMs);
      this.#logger.log(
        `${step.kind} ${placeOf(step)}: ${Math.round(tookMs)} ms${outcome === 'exists' ? ', was there' : ''}`,
      );
      if (outcome === 'done') this.#steps.push(step);
      return outcome;
    } catch (error) {
      this.signal.throwIfAborted();
      const reason = reasonOf(error);
      await state.end(seq, 'failed', performance.now() - began, reason).catch(() => undefined);
      if (!step.optional || !dialect.isRefusal(error))
        throw new SchemaApplyError(step, error, nameOfDataSource(this.dataSource));
      this.#refused.set(step.sql, refusal(step, reason));
      return 'failed';
    }
  }

  async #tellInterrupted(plan: SchemaPlan): Promise<void> {
    const objects = await this.session.state.interrupted();
    if (objects.length === 0) return;
    this.#logger.warn(
      `A former start was interrupted at ${objects.join(', ')} (see ${HISTORY_TABLE}); ${plan.steps.length} statements are left`,
    );
  }

  async #fill(tables: readonly string[]): Promise<{ filled: string[]; left: string[] }> {
    const known = await this.session.dialect.initialized.all();
    const filled: string[] = [];
    for (const [table, initialization] of this.#initializations) {
      const before = known.get(table) ?? INITIALIZED;
      const { version = INITIALIZED.version } = initialization;
      if (!before.pending && version <= before.version) continue;
      await this.#initialize(table, initialization, before);
      filled.push(table);
    }
    const pending = [...known].filter(([, table]) => table.pending !== undefined).map(([name]) => name);
    return { filled, left: pending.filter((table) => tables.includes(table) && !filled.includes(table)) };
  }

  async #initialize(
    table: string,
    { name, initializer, version = INITIALIZED.version }: TableInitialization,
    before: InitializedTable,
  ): Promise<void> {
    const { signal } = this;
    const { initialized } = this.session.dialect;
    signal.throwIfAborted();
    await this.session.stillHeld();
    const instance = await initializer(this.dataSource);
    const told = { created: before.pending === 'created', from: before.version, signal };
    try {
      await initialized.prepare();
      await waitingOn(`initTable of ${name}`, () =>
        this.session.dialect.inTransaction(async ({ manager }) => {
          await instance.initTable({ manager, ...told });
          await initialized.done(table, Math.max(version, before.version));
        }),
      );
    } catch (error) {
      throw new InitTableError(name, reasonOf(error), error);
    }
    this.#logger.log(`${name} has initialised ${table}`);
  }

  /** What of a plan this process has done, and no other. */
  #done({
    createdTables,
    addedColumns,
    widenedColumns,
  }: SchemaPlan): Pick<SchemaPlan, 'createdTables' | 'addedColumns' | 'widenedColumns'> {
    const places = new Set(this.#steps.map((step) => `${step.kind} ${placeOf(step)}`));
    return {
      createdTables: createdTables.filter((table) => places.has(`create-table ${table}`)),
      addedColumns: addedColumns.filter((column) => places.has(`add-column ${column}`)),
      widenedColumns: widenedColumns.filter((column) => places.has(`widen-column ${column}`)),
    };
  }
}

/** How a plan, the history and the log show a versioned migration. */
export function migrationStep({ name }: NamedMigration): SchemaStep {
  return { kind: 'run-migration', table: name, object: name, sql: `-- up() of ${name}` };
}

function refusal({ table, object, kind, sql }: SchemaStep, reason: string): DriftItem {
  const hint = `the server refused ${kind}: ${reason}`;
  return { kind: 'refused-by-server', severity: 'warn', table, object, hint, sql };
}
