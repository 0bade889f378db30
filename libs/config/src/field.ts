import { ArgumentError } from '@eggybyte/errors';
import type { z } from 'zod';
import type { ConfigFacts } from './config-facts.js';
import { REDACTED } from './secret.js';

/**
 * One variable of a schema: how its text is read, what is expected, its default and its documentation. Immutable.
 * `T` is what the configuration holds, `I` what may be written in code.
 */
export interface Field<T, I = T> {
  /** Checks what {@link Field.read} made; knows nothing of text. */
  readonly schema: z.ZodType<T>;
  /** Turns what a source gives into what the schema takes; what it cannot read it leaves to the schema to refuse. */
  readonly read: (given: unknown) => unknown;
  /** What is expected, to complete the sentence "expected …". */
  readonly expected: string;
  /** The default under these facts; undefined where the variable is then required. */
  readonly defaultOf: ((facts: ConfigFacts) => I | undefined) | undefined;
  /** The default as documentation shows it; undefined without a default. */
  readonly defaultText: string | undefined;
  /** Whether it may be absent, and is `undefined` then. */
  readonly optional: boolean;
  /** Whether the value never shows in a report or a table. */
  readonly secret: boolean;
  /** Whether a reload may change it while the process runs. */
  readonly reloadable: boolean;
  readonly description: string;
  /** Old names which still work, with a warning. */
  readonly aliases: readonly string[];
}

/** What every builder takes. */
export interface FieldOptions {
  /** One sentence for the reference table. */
  description?: string;
  /** Old names which still work, with a warning; the name itself wins over them. */
  aliases?: readonly string[];
}

/** A field that may be absent. */
export interface OptionalField extends FieldOptions {
  /** The value is `undefined` when no source gives it. */
  optional: true;
  default?: never;
  defaultText?: never;
}

/** A field with a literal default, or, without any default, one that is required. */
export interface RequiredField<I> extends FieldOptions {
  optional?: false;
  /** The value when no source gives one; without it the variable is required. */
  default?: I;
  /** The default as documentation shows it. @default the default as it would be written in the environment */
  defaultText?: string;
}

/** A field whose default depends on facts of the process. */
export interface ComputedField<I> extends FieldOptions {
  optional?: false;
  /** The default under these facts; undefined makes the variable required. */
  default: (facts: ConfigFacts) => I | undefined;
  /** The rule in words, for documentation: "5s in Kubernetes, else 0". */
  defaultText: string;
}

/** A field that always has a value once the configuration is loaded. */
export type PresentField<I> = RequiredField<I> | ComputedField<I>;

/** What a value is once it is checked. */
export type Checked<T> =
  { readonly success: true; readonly data: T } | { readonly success: false; readonly data?: never };

/** Reads and checks what a source gives. Never throws: a schema of the user's own that does has refused the value. */
export function checkField<T>(field: Pick<Field<T>, 'read' | 'schema'>, given: unknown): Checked<T> {
  try {
    const { success, data } = field.schema.safeParse(field.read(given));
    return success ? { success, data } : { success };
  } catch {
    return { success: false };
  }
}

/** A function that makes a field of one kind; `O` are the kind's own options. */
export interface FieldBuilder<T, I, O> {
  (options: O & OptionalField): Field<T | undefined, I>;
  (options?: O & PresentField<I>): Field<T, I>;
}

/** The part of a field that its kind decides. */
export interface FieldKind<T> extends Pick<Field<T>, 'schema' | 'expected'> {
  readonly read?: ((given: unknown) => unknown) | undefined;
  readonly secret?: boolean | undefined;
  /** A default as it would be written in the environment. @default String */
  readonly show?: ((fallback: unknown) => string) | undefined;
}

/** What a builder receives, whichever of the forms it was called with. */
export interface AnyFieldOptions<I> extends FieldOptions {
  optional?: boolean | undefined;
  default?: I | ((facts: ConfigFacts) => I | undefined) | undefined;
  defaultText?: string | undefined;
}

/** Makes a builder of one kind. */
export function fieldBuilder<T, I, O extends object>(kind: (options: O) => FieldKind<T>): FieldBuilder<T, I, O> {
  const build = (options: O & AnyFieldOptions<I>): Field<T | undefined, I> => createField(kind(options), options);
  return ((options?: O & PresentField<I>) => build(options ?? ({} as O))) as FieldBuilder<T, I, O>;
}

/**
 * @throws ArgumentError when the literal default is not what the field itself expects: a default is checked where it
 * is written, not in the first service that uses it.
 */
export function createField<T, I>(kind: FieldKind<T>, options: AnyFieldOptions<I>): Field<T | undefined, I> {
  const { default: fallback, optional = false, description = '', aliases = [] } = options;
  const { schema, expected, read = (given) => given, secret = false, show = String } = kind;
  const computed = typeof fallback === 'function' ? (fallback as (facts: ConfigFacts) => I | undefined) : undefined;
  if (computed === undefined && fallback !== undefined && !checkField({ schema, read }, fallback).success) {
    throw new ArgumentError('default', expected, secret ? REDACTED : fallback);
  }
  return Object.freeze({
    schema: optional ? schema.optional() : schema,
    read,
    expected,
    defaultOf: computed ?? (fallback === undefined ? undefined : () => fallback as I),
    defaultText: options.defaultText ?? (fallback === undefined ? undefined : secret ? REDACTED : show(fallback)),
    optional,
    secret,
    reloadable: false,
    description,
    aliases: Object.freeze([...aliases]),
  });
}
