import { types } from 'node:util';
import { REDACTED, scrubText } from '@eggybyte/observability';
import type { FieldNames } from './field-names.js';
import { httpMessage } from './http-message.js';
import { isBytes, isPlain, UNREADABLE } from './safe-fields.js';

/** What one record may hold; the rest is cut, and says so. */
const LIMITS = { depth: 8, objects: 1000, perObject: 100, text: 8192, characters: 32_768 };

/**
 * Copies what a caller logs into plain JSON values: secrets redacted, circles and depth cut, size bounded. Nothing
 * here throws, whatever getters, proxies and toJSON methods do. One walk serves one record, so that its limits hold
 * for the record as a whole.
 */
export class RecordWalk {
  readonly #above: object[] = [];
  #objects = 0;
  #characters = 0;

  constructor(private readonly names: FieldNames) {}

  value(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
      case 'boolean':
      case 'undefined':
        return value;
      case 'function':
        return undefined;
      case 'object':
        return value === null ? null : this.#object(value);
      case 'bigint':
      case 'symbol':
        return this.text(String(value));
    }
  }

  /** One field of the caller's; `undefined` leaves it out. */
  field(source: object, name: string): unknown {
    try {
      return this.#named(name, (source as Record<string, unknown>)[name]);
    } catch {
      return UNREADABLE;
    }
  }

  text(text: string): string {
    const left = Math.max(0, LIMITS.characters - this.#characters);
    const kept = scrubText(text, Math.min(LIMITS.text, left));
    this.#characters += kept.length;
    return kept;
  }

  #named(name: string, value: unknown): unknown {
    if (this.names.of(name).kind !== 'secret') return this.value(value);
    // Whether something is set is no secret.
    return value === null || value === undefined || typeof value === 'boolean' ? value : REDACTED;
  }

  #object(value: object): unknown {
    if (++this.#objects > LIMITS.objects) return '[cut]';
    if (this.#above.includes(value)) return '[circular]';
    if (this.#above.length >= LIMITS.depth) return '[too deep]';
    this.#above.push(value);
    try {
      return this.#copy(value);
    } catch {
      return UNREADABLE;
    } finally {
      this.#above.pop();
    }
  }

  #copy(value: object): unknown {
    const isBag = isPlain(value);
    if (!isBag && isError(value)) return this.#error(value);
    if ('toJSON' in value && typeof value.toJSON === 'function' && !isBytes(value)) return this.value(value.toJSON());
    return isBag ? this.#bag(value) : this.#collection(value);
  }

  #collection(value: object): unknown {
    if (isBytes(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return this.#secretPair(value) ?? this.#list(value, value.length);
    if (value instanceof Set) return this.#list(value, value.size);
    if (value instanceof Map) return this.#record(value.keys(), value.size, (name) => this.#entry(value, name));
    return this.#bag(httpMessage(value) ?? value);
  }

  #bag(bag: object): unknown {
    const names = Object.keys(bag);
    return this.#record(names, names.length, (name) => this.field(bag, name));
  }

  /** A name and its value, as in the entries of headers. */
  #secretPair(list: readonly unknown[]): unknown[] | undefined {
    const [name, value] = list;
    if (list.length !== 2 || typeof name !== 'string' || typeof value !== 'string') return undefined;
    return this.names.isSecret(name) ? [this.text(name), REDACTED] : undefined;
  }

  #entry(map: Map<unknown, unknown>, name: unknown): unknown {
    return this.#named(String(name), map.get(name));
  }

  #list(items: Iterable<unknown>, length: number): unknown[] {
    const list: unknown[] = [];
    for (const item of items) {
      if (list.length === LIMITS.perObject) {
        list.push(`… (${length - LIMITS.perObject} more)`);
        break;
      }
      list.push(this.value(item) ?? null);
    }
    return list;
  }

  #record<N>(names: Iterable<N>, length: number, read: (name: N) => unknown): Record<string, unknown> {
    const record: Record<string, unknown> = {};
    let left = LIMITS.perObject;
    for (const name of names) {
      if (left-- === 0) {
        record['…'] = `${length - LIMITS.perObject} more`;
        break;
      }
      record[this.names.of(String(name)).written] = read(name);
    }
    return record;
  }

  /** Whatever somebody has put in the place of its texts. */
  #error(error: object): Record<string, unknown> {
    const message = this.field(error, 'message');
    const stack = this.field(error, 'stack');
    const code = this.field(error, 'code');
    const errors = this.field(error, 'errors');
    return {
      type: this.text(typeName(error)),
      message,
      stack: typeof stack === 'string' ? stack : undefined,
      code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
      cause: this.field(error, 'cause'),
      errors: Array.isArray(errors) ? errors : undefined,
    };
  }
}

function typeName(error: object): string {
  try {
    const { name } = error as Error;
    return typeof name === 'string' && name !== 'Error' ? name : error.constructor.name;
  } catch {
    return 'Error';
  }
}

/** Also true for an error of another realm, such as a worker's or a test runner's. */
export function isError(value: unknown): value is Error {
  try {
    return typeof value === 'object' && (value instanceof Error || types.isNativeError(value));
  } catch {
    // A proxy that does not tell its prototype.
    return false;
  }
}
