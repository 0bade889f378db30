import { z } from 'zod';
import { type AnyFieldOptions, createField, type Field, type OptionalField, type PresentField } from './field.js';
import { withRange } from './range.js';
import { text } from './text-fields.js';

export interface ListOptions {
  /** Fewest items allowed. */
  min?: number;
  /** Most items allowed. */
  max?: number;
}

/** A list of texts, comma separated; space around an item is dropped, an empty item is an error. */
export function list(options: ListOptions & OptionalField): Field<readonly string[] | undefined, readonly string[]>;
export function list(options?: ListOptions & PresentField<readonly string[]>): Field<readonly string[]>;
/** A list of what `item` reads: `list(url(), { min: 1 })`. */
export function list<T, I>(
  item: Field<T, I>,
  options: ListOptions & OptionalField,
): Field<readonly T[] | undefined, readonly I[]>;
export function list<T, I>(
  item: Field<T, I>,
  options?: ListOptions & PresentField<readonly I[]>,
): Field<readonly T[], readonly I[]>;
export function list(first: Field<unknown> | AnyListOptions = {}, second: AnyListOptions = {}) {
  return 'schema' in first ? listOf(first, second) : listOf(text(), first);
}

type AnyListOptions = ListOptions & AnyFieldOptions<readonly unknown[]>;

function listOf(item: Field<unknown>, options: AnyListOptions) {
  const { min, max } = options;
  const long = min === undefined ? z.array(item.schema) : z.array(item.schema).min(min);
  const schema = (max === undefined ? long : long.max(max)).readonly();
  const sized = `${withRange('a list', { min, max })}${(min ?? max) === undefined ? '' : ' items'}`;
  return createField<readonly unknown[], readonly unknown[]>(
    {
      schema,
      read: (given) => {
        const items = typeof given === 'string' ? split(given) : given;
        return Array.isArray(items) ? items.map((part: unknown) => item.read(part)) : given;
      },
      expected: `${sized}, comma separated, each ${item.expected}`,
      secret: item.secret,
    },
    options,
  );
}

/** The items, or undefined where one is empty: the text then stays a text, which no list accepts. */
function split(given: string): string[] | undefined {
  const items = given.split(',').map((part) => part.trim());
  return items.includes('') ? undefined : items;
}
