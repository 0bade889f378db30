import { z } from 'zod';
import {
  type AnyFieldOptions,
  createField,
  type Field,
  fieldBuilder,
  type OptionalField,
  type PresentField,
} from './field.js';
import { withRange } from './range.js';
import { Secret } from './secret.js';

export interface TextOptions {
  /** Shortest length allowed, in characters of Unicode. */
  min?: number;
  /** Longest length allowed, in characters of Unicode. */
  max?: number;
  /** Form that the text has to match; anchor it with `^` and `$` to match the whole. */
  pattern?: RegExp;
  /** What is expected, to complete the sentence "expected …"; say it where the pattern is hard to read. @default told by the others */
  expected?: string;
}

export interface UrlOptions {
  /** Schemes allowed, without the colon. @default ["http", "https"] */
  protocols?: readonly string[];
}

const textSchema = ({ min, max, pattern }: TextOptions): z.ZodString => {
  const long = min === undefined ? z.string() : z.string().min(min);
  const short = max === undefined ? long : long.max(max);
  return pattern === undefined ? short : short.regex(pattern);
};

const expectedText = (noun: string, { min, max, pattern, expected }: TextOptions): string => {
  if (expected !== undefined) return expected;
  const sized = `${withRange(noun, { min, max })}${(min ?? max) === undefined ? '' : ' characters'}`;
  return pattern === undefined ? sized : `${sized} matching ${pattern}`;
};

/** Text, taken as it is: nothing is trimmed. */
export const text = fieldBuilder<string, string, TextOptions>((options) => ({
  schema: textSchema(options),
  expected: expectedText('a text', options),
}));

/** A text that never prints. The bounds and the pattern are those of {@link text}. */
export const secret = fieldBuilder<Secret, string | Secret, TextOptions>((options) => ({
  schema: textSchema(options).transform((value) => new Secret(value)),
  read: (given) => (given instanceof Secret ? given.reveal() : given),
  expected: expectedText('a secret', options),
  secret: true,
}));

/** An absolute URL with `//`; the configuration holds the text as it was given. */
export const url = fieldBuilder<string, string, UrlOptions>(({ protocols = ['http', 'https'] }) => ({
  schema: z.string().refine((value) => isUrl(value, protocols)),
  expected: `a URL starting with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
}));

/** `new URL` forgives spaces, line breaks and missing slashes, which then break whoever takes the text as it is. */
function isUrl(value: string, protocols: readonly string[]): boolean {
  const protocol = /^([a-z][a-z0-9+.-]*):\/\/\S+$/i.exec(value)?.[1]?.toLowerCase();
  return protocol !== undefined && protocols.includes(protocol) && URL.canParse(value);
}

/** One of these texts, in this very spelling. */
export function oneOf<const V extends string>(
  values: readonly [V, ...V[]],
  options: OptionalField,
): Field<V | undefined, V>;
export function oneOf<const V extends string>(
  values: readonly [V, ...V[]],
  options?: PresentField<NoInfer<V>>,
): Field<V, V>;
export function oneOf<V extends string>(values: readonly [V, ...V[]], options: AnyFieldOptions<V> = {}) {
  return createField<V, V>({ schema: z.enum(values), expected: `one of ${values.join(', ')}` }, options);
}
