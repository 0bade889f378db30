import type { LogFn } from 'pino';
import { FieldNames } from './field-names.js';
import { isError, RecordWalk } from './record-walk.js';
import { bagOf, namesOf, textOf } from './safe-fields.js';

/** Put before a caller's field whose name the logger writes itself. */
const RENAMED = 'field_';
const MOST_FIELDS = 100;

/** Names of the logger that are already written in this record, so that a caller's field must not take them. */
export interface TakenNames {
  msg: boolean;
  context: boolean;
}

const ALL_TAKEN: TakenNames = { msg: true, context: true };

/** Makes what a caller hands to a log method safe to write, before pino looks at it. Nothing here throws. */
export class RecordGuard {
  readonly #names: FieldNames;

  constructor(moreSecretKeys: readonly string[] = []) {
    this.#names = new FieldNames(moreSecretKeys);
  }

  /** The caller's fields as they go into a record, never in the place of the logger's own. */
  fields(source: object, taken: TakenNames = ALL_TAKEN): Record<string, unknown> {
    const walk = new RecordWalk(this.#names);
    const bag = bagOf(source);
    if (!bag) return { value: walk.value(source) };
    const names = namesOf(bag);
    const fields: Record<string, unknown> = {};
    for (const name of names.length > MOST_FIELDS ? names.slice(0, MOST_FIELDS) : names) {
      const value = name === 'err' ? errorField(walk.field(bag, name)) : walk.field(bag, name);
      const { kind, written } = this.#names.of(name);
      const renamed = kind === 'reserved' && !mayStay(name, value, taken);
      fields[renamed ? `${RENAMED}${name}` : written] = value;
    }
    if (names.length > MOST_FIELDS) fields['…'] = `${names.length - MOST_FIELDS} more`;
    return fields;
  }

  /** What a log method was called with, in the two forms that pino knows: `(fields, message)` and `(message)`. */
  arguments(given: readonly unknown[], contextTaken: boolean): Parameters<LogFn> {
    const [first, second, ...rest] = given;
    if (typeof first === 'object' && first !== null) {
      const source = isError(first) ? { err: first } : first;
      const fields = this.fields(source, { msg: second !== undefined, context: contextTaken });
      const message = second === undefined ? messageOf(fields) : this.#text(second);
      return [fields, message, ...rest.map((value) => this.#placeholder(value))];
    }
    const message = typeof first === 'string' ? first : textOf(first ?? second);
    if (given.length === 1 || first === undefined) return [message];
    if (isError(second) && !message.includes('%')) return this.arguments([{ err: second }, message], contextTaken);
    return [message, ...[second, ...rest].map((value) => this.#placeholder(value))] as Parameters<LogFn>;
  }

  #text(message: unknown): string {
    return typeof message === 'string' ? message : JSON.stringify(new RecordWalk(this.#names).value(message) ?? null);
  }

  /** A value for `%s`, `%d` or `%o` of a message. */
  #placeholder(value: unknown): unknown {
    if (typeof value === 'function') return textOf(value);
    if (typeof value !== 'object' && typeof value !== 'symbol') return value;
    const safe = new RecordWalk(this.#names).value(value);
    if (!isError(value)) return safe;
    const { type, message } = safe as { type: string; message?: unknown };
    return message === undefined ? type : `${type}: ${textOf(message)}`;
  }
}

/** `err` always has the same form, whatever was thrown. */
function errorField(value: unknown): unknown {
  if (value === undefined || (typeof value === 'object' && value !== null)) return value;
  return { message: typeof value === 'string' ? value : JSON.stringify(value) };
}

/** `msg` and `context` may be written by a caller where nobody else does. */
function mayStay(name: string, value: unknown, taken: TakenNames): boolean {
  return (name === 'msg' || name === 'context') && !taken[name] && typeof value === 'string';
}

/** A record without a message says what its error says. */
function messageOf(fields: Record<string, unknown>): string | undefined {
  const error = fields['err'] as { message?: unknown; type?: unknown } | undefined;
  if (!error || fields['msg'] !== undefined) return undefined;
  return typeof error.message === 'string' ? error.message : textOf(error.type ?? 'Error');
}
