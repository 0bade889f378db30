import { types } from 'node:util';
import { CacheValueError } from './cache.errors.js';

/** A class whose instances come back as instances. Its constructor does not run. */
export type CacheClass<T> = abstract new (...args: never[]) => T;

/** First byte of stored bytes; no JSON text begins with it. */
const BYTES = Buffer.of(0);

/**
 * A value as bytes: JSON, in which what JSON does not know is written as `{"$date": ms}`, `{"$bytes": base64}`,
 * `{"$bigint": digits}`, `{"$map": entries}`, `{"$set": elements}`; or a zero byte and the bytes of a Buffer. As in JSON, properties that are `undefined` are left out and -0 is 0.
 *
 * @param as class of the value, or of each element when the value is an array.
 * @throws CacheValueError for what would not come back as it went in.
 */
export function encodeValue(value: unknown, as?: CacheClass<unknown>): Buffer {
  if (Buffer.isBuffer(value) && !as) return Buffer.concat([BYTES, value]);
  if (value === undefined) throw new CacheValueError('`undefined` cannot be cached', 'cache `null`, or delete the key');
  if (as) checkInstances(value, as);
  try {
    return Buffer.from(JSON.stringify(value, writer(value, as !== undefined)));
  } catch (error) {
    if (error instanceof CacheValueError) throw error;
    throw new CacheValueError('The value cannot be written as JSON', 'cache plain data without circles', error);
  }
}

/** The value of bytes that {@link encodeValue} wrote. @throws when they are something else. */
export function decodeValue(bytes: Buffer, as?: CacheClass<unknown>): unknown {
  if (bytes[0] === BYTES[0] && !as) return Buffer.from(bytes.subarray(1));
  const text = bytes.toString();
  const plain: unknown = JSON.parse(text);
  const value = text.includes('"$') ? revive(plain) : plain;
  if (!as) return value;
  return Array.isArray(value) ? value.map((element) => restore(element, as)) : restore(value, as);
}

function checkInstances(value: unknown, as: CacheClass<unknown>): void {
  for (const instance of Array.isArray(value) ? value : [value ?? undefined]) {
    if (instance !== undefined && Object.getPrototypeOf(Object(instance)) !== as.prototype) {
      throw new CacheValueError(
        `Expected instances of ${as.name}, got ${nameOf(instance)}`,
        `return ${as.name} objects, or leave out \`as\``,
      );
    }
  }
}

/** Looks at what a property holds, not at what `toJSON` makes of it: a Date would already be a text. */
function writer(root: unknown, checked: boolean) {
  let isRoot = true;
  return function write(this: Record<string, unknown>, key: string): unknown {
    const raw = this[key];
    const top = isRoot || (Array.isArray(root) && (this as unknown) === root);
    isRoot = false;
    switch (typeof raw) {
      case 'string':
      case 'boolean':
        return raw;
      case 'number':
        if (!Number.isFinite(raw)) throw notCacheable(raw, key);
        return raw;
      case 'undefined':
        if (Array.isArray(this)) throw notCacheable(raw, key);
        return raw;
      case 'object':
        return raw === null || Array.isArray(raw) ? raw : writeObject(raw, key, checked && top);
      case 'bigint':
        return { $bigint: String(raw) };
      case 'symbol':
      case 'function':
        throw notCacheable(raw, key);
    }
  };
}

function writeObject(raw: object, key: string, checked: boolean): unknown {
  if (isDate(raw)) return { $date: raw.getTime() };
  if (Buffer.isBuffer(raw)) return { $bytes: raw.toString('base64') };
  if (types.isMap(raw) && isOfBuiltIn(raw)) return { $map: [...raw] };
  if (types.isSet(raw) && isOfBuiltIn(raw)) return { $set: [...raw] };
  if (!checked && !isPlain(raw)) throw notCacheable(raw, key);
  const entries = Object.entries(raw);
  if (!entries.some(([name]) => name.startsWith('$'))) return raw;
  return Object.fromEntries(entries.map(([name, value]) => [name.startsWith('$') ? `$${name}` : name, value]));
}

/** By the depth of its ancestry, as objects of another realm (Jest's, a worker's `vm`) have an `Object` of their own. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A valid date and none of a subclass. */
function isDate(value: object): value is Date {
  return types.isDate(value) && !Number.isNaN(value.getTime()) && isOfBuiltIn(value);
}

/** Of a class of the language itself and none that extends it, which would not come back as what it was. */
function isOfBuiltIn(value: object): boolean {
  return isPlain(Object.getPrototypeOf(value) as object) && Object.keys(value).length === 0;
}

/** What is written as an object of one property with this name. */
const REVIVERS: Readonly<Record<string, (content: unknown) => unknown>> = {
  $date: (content) => (typeof content === 'number' ? new Date(content) : undefined),
  $bytes: (content) => (typeof content === 'string' ? Buffer.from(content, 'base64') : undefined),
  $bigint: (content) => (typeof content === 'string' ? BigInt(content) : undefined),
  $map: (content) => (Array.isArray(content) ? new Map(revive(content) as [unknown, unknown][]) : undefined),
  $set: (content) => (Array.isArray(content) ? new Set(revive(content) as unknown[]) : undefined),
};

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [only] = entries;
  const revived =
    only && entries.length === 1 && Object.hasOwn(REVIVERS, only[0]) ? REVIVERS[only[0]]?.(only[1]) : undefined;
  if (revived !== undefined) return revived;
  return Object.fromEntries(entries.map(([key, inner]) => [key.startsWith('$$') ? key.slice(1) : key, revive(inner)]));
}

/** By descriptors: an assignment would run the class's setters, and `__proto__` is one. */
function restore(value: unknown, as: CacheClass<unknown>): unknown {
  if (value === null) return null;
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) {
    throw new TypeError(`Expected an object, got ${nameOf(value)}`);
  }
  return Object.create(as.prototype as object, Object.getOwnPropertyDescriptors(value));
}

function notCacheable(raw: unknown, key: string): CacheValueError {
  const name = nameOf(raw);
  const where = key === '' ? '' : ` (under \`${key.slice(0, 80)}\`)`;
  const fix =
    typeof raw === 'object' && key === ''
      ? `pass \`as: ${name}\`, or cache a plain object`
      : 'cache plain data in its place';
  return new CacheValueError(`${name}${where} cannot be cached: it would not come back as it went in`, fix);
}

function nameOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === null || typeof value !== 'object') return value === null ? 'null' : `a ${typeof value}`;
  const { constructor } = value as { constructor?: { name?: unknown } };
  return typeof constructor?.name === 'string' && constructor.name ? constructor.name : 'an object of a class';
}
