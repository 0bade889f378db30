import { scrubText, SECRET_WORDS } from '@eggybyte/observability';
import type { ConfigShape } from './config-shape.js';
import type { Field } from './field.js';
import { REDACTED } from './secret.js';

const LONGEST_TEXT = 1024;
const UNREADABLE = '[unreadable]';
const SECRET_NAME = new RegExp(SECRET_WORDS, 'i');

/**
 * Values as people may see them, in plain JSON: secrets, credentials in URLs and DSNs, and texts whose name says that
 * they are a secret are masked; what is long is cut; what nothing gives is `undefined`.
 */
export function maskedValues(shape: ConfigShape, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, masked(name, field, values[name])]));
}

function masked(name: string, { secret }: Field<unknown>, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (secret) return REDACTED;
  try {
    const plain = JSON.parse(JSON.stringify({ [name]: value }, maskText)) as Record<string, unknown>;
    return plain[name] ?? null;
  } catch {
    return UNREADABLE;
  }
}

function maskText(name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'string') return value;
  return SECRET_NAME.test(name) ? REDACTED : scrubText(value, LONGEST_TEXT);
}
