import { z } from 'zod';
import type { AnyConfigClass } from '../config-class.js';
import { describeConfig } from '../config-reference.js';

/** A JSON Schema (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The checked values of a configuration as a JSON Schema: durations are milliseconds, sizes bytes. A secret is
 * `writeOnly`, a variable that a reload may change has `x-reloadable`.
 */
export function configJsonSchema(Class: Pick<AnyConfigClass, 'schema'>): JsonSchema {
  const rows = describeConfig(Class);
  const properties = rows.map(({ name, description, reloadable, secret }) => {
    const field = Class.schema[name];
    const value = secret ? { type: 'string', writeOnly: true } : valueSchema(field?.schema);
    return [name, { ...value, ...(description && { description }), ...(reloadable && { 'x-reloadable': true }) }];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(properties),
    required: rows.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

function valueSchema(schema: z.ZodType | undefined): JsonSchema {
  if (!schema) return {};
  const { $schema: _, ...value } = z.toJSONSchema(schema, { unrepresentable: 'any' }) as Record<string, unknown>;
  return value;
}
