import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { placeOf, type DriftItem, type SchemaStep } from './schema-plan.js';

/** For what a state is kept. */
export interface SchemaIdentity {
  fingerprint: string;
  tables: readonly string[];
  /** Those of them that have foreign keys. */
  keyedTables: readonly string[];
  /** Nothing is asked for. */
  isEmpty: boolean;
  /** Of the service. */
  version: string | undefined;
}

export type StepOutcome = 'started' | 'done' | 'exists' | 'failed' | 'interrupted';

export const STATE_TABLE = 'eggy_schema_state';
export const HISTORY_TABLE = 'eggy_schema_history';

const KEPT_STATEMENTS = 1000;
const KEPT_STATES = 100;
const REASON_LENGTH = 500;
const NAME_LENGTH = 255;
const TRIES = 8;
const FIRST_PAUSE_MS = 50;

/**
 * What this database remembers of its schema: for each set of entities the checksum that it had when they were all
 * there, with the drift, and each statement that was run. Versions side by side have a row each, so they do not fight.
 */
export abstract class SchemaState {
  readonly #run = randomUUID();
  #usable = true;

  constructor(
    protected readonly runner: QueryRunner,
    protected readonly identity: SchemaIdentity,
  ) {}

  /** By one query: the drift of a schema that is as it was recorded for these entities; nothing in any other case. */
  abstract find(): Promise<DriftItem[] | undefined>;
  /** Creates both tables where they are missing. */
  protected abstract create(): Promise<void>;
  protected abstract checksum(): Promise<string>;
  /** The user may not write what this keeps: then nothing is kept, and each start plans. */
  protected abstract isDenied(error: unknown): boolean;
  protected abstract isWorthAnotherTry(error: unknown): boolean;

  async prepare(): Promise<void> {
    await this.#write(() => this.create());
  }

  /** The statements that were under way when their process ended. */
  async interrupted(): Promise<string[]> {
    if (!this.#usable) return [];
    const rows: { object: string }[] = await this.runner.query(
      `SELECT object FROM ${HISTORY_TABLE} WHERE state = 'started' ORDER BY started_at, seq`,
    );
    if (rows.length > 0) {
      await this.#write(() =>
        this.runner.query(`UPDATE ${HISTORY_TABLE} SET state = 'interrupted' WHERE state = 'started'`),
      );
    }
    return rows.map(({ object }) => object);
  }

  async begin(seq: number, step: SchemaStep): Promise<void> {
    const { fingerprint, version } = this.identity;
    const object = placeOf(step).slice(0, NAME_LENGTH);
    const values = [this.#run, seq, fingerprint, version, hostname(), process.pid, step.kind, object, step.sql];
    await this.#write(() =>
      this.runner.query(
        `INSERT INTO ${HISTORY_TABLE} (run, seq, fingerprint, version, host, pid, kind, object, statement, state, started_at) ` +
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'started', ?)",
        [...values.map((value) => value ?? null), new Date()],
      ),
    );
  }

  async end(seq: number, outcome: StepOutcome, ms: number, reason?: string): Promise<void> {
    const values = [outcome, reason?.slice(0, REASON_LENGTH) ?? null, Math.round(ms), this.#run, seq];
    await this.#write(() =>
      this.runner.query(`UPDATE ${HISTORY_TABLE} SET state = ?, reason = ?, ms = ? WHERE run = ? AND seq = ?`, values),
    );
  }

  /** To be called when all that the entities ask for is there. */
  async save(drift: readonly DriftItem[]): Promise<void> {
    await this.prepare();
    const { fingerprint, version } = this.identity;
    await this.#write(async () => {
      await this.runner.query(
        `REPLACE INTO ${STATE_TABLE} (fingerprint, checksum, version, drift, recorded_at) VALUES (?, ?, ?, ?, ?)`,
        [fingerprint, await this.checksum(), version ?? null, JSON.stringify(drift), new Date()],
      );
      await this.#forget(HISTORY_TABLE, 'started_at', KEPT_STATEMENTS);
      await this.#forget(STATE_TABLE, 'recorded_at', KEPT_STATES);
    });
  }

  async #forget(table: string, moment: string, kept: number): Promise<void> {
    // A table may only be read in its own DELETE as a derived one.
    const oldest = `SELECT ${moment} FROM ${table} ORDER BY ${moment} DESC LIMIT 1 OFFSET ${kept}`;
    await this.runner.query(`DELETE FROM ${table} WHERE ${moment} <= (SELECT ${moment} FROM (${oldest}) kept)`);
  }

  async #write(work: () => Promise<unknown>): Promise<void> {
    for (let tries = 1; this.#usable; tries++) {
      try {
        await work();
        return;
      } catch (error) {
        if (this.isDenied(error)) this.#usable = false;
        // Where there is no lock, several processes write at once.
        else if (!this.isWorthAnotherTry(error) || tries === TRIES) throw error;
        await sleep(FIRST_PAUSE_MS * tries * Math.random());
      }
    }
  }
}

/** The drift as it was stored. */
export function driftOf(text: unknown): DriftItem[] {
  return JSON.parse(String(text)) as DriftItem[];
}
