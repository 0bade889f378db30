import { httpMessage } from './http-message.js';

/** Stands for what throws when it is looked at. */
export const UNREADABLE = '[unreadable]';

/** A bag of fields; `undefined` for what is none: lists, bytes, what writes itself, what cannot be read. */
export function bagOf(source: object): object | undefined {
  try {
    if (isPlain(source)) return 'toJSON' in source ? undefined : source;
    const message = httpMessage(source);
    if (message) return message;
    return Symbol.iterator in source || 'toJSON' in source || isBytes(source) ? undefined : source;
  } catch {
    return undefined;
  }
}

/** Whether it is what `{}` makes: most of what is logged is, and needs no closer look. */
export function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

export function isBytes(value: object): value is ArrayBufferView | ArrayBuffer {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/** Adds the fields of a caller's object, each read once. Never throws, and sets no prototype. */
export function addFields(target: object, source: object): void {
  for (const name of namesOf(source)) addField(target as Record<string, unknown>, name, readField(source, name));
}

export function addField(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true });
}

/** The names of an object's own fields; none when it does not tell them. */
export function namesOf(source: object): string[] {
  try {
    return Object.keys(source);
  } catch {
    return [];
  }
}

export function readField(source: object, name: string): unknown {
  try {
    return (source as Record<string, unknown>)[name];
  } catch {
    return UNREADABLE;
  }
}

/** Any value as a text; never throws. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return UNREADABLE;
  }
}
