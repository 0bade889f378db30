import { ArgumentError } from '@eggybyte/errors';
import type { z } from 'zod';
import { ConfigNameClashError } from './config.errors.js';
import type { Field } from './field.js';

/** The variables of a configuration by name. */
export type ConfigShape = Readonly<Record<string, Field<unknown>>>;

/** What a loaded configuration holds. */
export type ConfigValues<S extends ConfigShape> = { readonly [K in keyof S]: z.output<S[K]['schema']> };

/** What may be given in code: a duration as `"5s"`, a secret as its text. */
export type ConfigInput<S extends ConfigShape> = {
  readonly [K in keyof S]?: (S[K] extends Field<unknown, infer I> ? I : never) | undefined;
};

/** Forbids the names of `Base` in another shape, at compile time. */
export type WithoutNamesOf<Base> = { readonly [K in keyof Base]?: never };

const NAME = /^[A-Z][A-Z0-9_]*$/;

/**
 * The shape as one frozen schema.
 *
 * @throws ArgumentError for a name that is not in capitals, digits and underscores
 * @throws ConfigNameClashError when an alias is also a name or another variable's alias
 */
export function sealShape<S extends ConfigShape>(shape: S): S {
  for (const name of Object.keys(shape)) {
    if (!NAME.test(name)) throw new ArgumentError('name of a variable', 'capitals, digits and underscores', name);
  }
  const names = Object.entries(shape).flatMap(([name, field]) => [name, ...field.aliases]);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new ConfigNameClashError(twice);
  return Object.freeze({ ...shape });
}

/**
 * Both shapes in one, `base` first. A name in both does not compile; where types were not checked it throws.
 *
 * @throws ConfigNameClashError naming every variable that both declare, aliases included
 */
export function mergeShapes<A extends ConfigShape, B extends ConfigShape>(base: A, own: B & WithoutNamesOf<A>): A & B {
  const twice = Object.keys(own).filter((name) => Object.hasOwn(base, name));
  if (twice.length > 0) throw new ConfigNameClashError(twice);
  return sealShape({ ...base, ...own });
}
