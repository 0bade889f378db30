import { types } from 'node:util';
import type { KeyKinds } from './key-kinds.js';
import { REDACTED, scrubText } from '@eggybyte/observability';

/** What one record may hold; the rest is cut, and says so. */
const LIMITS = { depth: 8, objects: 1000, perObject: 100, text: 8192, characters: 32_768, name: 128 };

const UNREADABLE = '[unreadable]';

/**
 * Copies what a caller logs into plain JSON values: secrets redacted, circles and depth cut, size bounded. Nothing
 * here throws, whatever getters, proxies and toJSON methods do. One walk serves one record, so that its limits hold
 * for the record as a whole.
 */
export class RecordWalk {
  readonly #above: object[] = [];
  #objects = 0;
  #characters = 0;

  constructor(private readonly keys: KeyKinds) {}

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
    if (this.keys.of(name) !== 'secret') return this.value(value);
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
    if (isError(value)) return this.#error(value);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.value(value.toJSON());
    if (Array.isArray(value)) return this.#list(value, value.length);
    if (value instanceof Set) return this.#list(value, value.size);
    if (value instanceof Map) return this.#record(value.keys(), value.size, (name) => this.#entry(value, name));
    const names = Object.keys(value);
    return this.#record(names, names.length, (name) => this.field(value, name));
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
      record[safeName(String(name))] = read(name);
    }
    return record;
  }

  #error(error: Error & { code?: unknown; errors?: unknown }): Record<string, unknown> {
    const { name, message, stack, code, cause, errors } = error;
    return {
      type: this.text(name === 'Error' ? error.constructor.name : name),
      message: this.text(message),
      stack: typeof stack === 'string' ? this.text(stack) : undefined,
      code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
      cause: cause === undefined ? undefined : this.value(cause),
      errors: Array.isArray(errors) ? this.value(errors) : undefined,
    };
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

/** A field name of bounded length that does not set a prototype. */
export function safeName(name: string): string {
  if (name === '__proto__') return '["__proto__"]';
  return name.length > LIMITS.name ? `${name.slice(0, LIMITS.name)}…` : name;
}
