import type { z } from 'zod';
import { type AnyFieldOptions, createField, type Field, type OptionalField, type PresentField } from './field.js';

export interface CustomOptions {
  /** What is expected, to complete the sentence "expected …": `an e-mail address`. */
  expected: string;
}

/** A field over any zod schema which takes text, `custom(z.email(), { expected: 'an e-mail address' })`. */
export function custom<T, I>(schema: z.ZodType<T, I>, options: CustomOptions & OptionalField): Field<T | undefined, I>;
export function custom<T, I>(schema: z.ZodType<T, I>, options: CustomOptions & PresentField<I>): Field<T, I>;
export function custom<T, I>(schema: z.ZodType<T, I>, options: CustomOptions & AnyFieldOptions<I>) {
  return createField<T, I>({ schema, expected: options.expected }, options);
}
