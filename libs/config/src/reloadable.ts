import type { Field } from './field.js';

/**
 * Lets a reload change the variable while the process runs: `PAGE_SIZE: reloadable(int({ default: 20 }))`. Whoever
 * reads it gets the current value each time; whoever keeps something made of it uses `config.watch`.
 */
export function reloadable<T, I>(field: Field<T, I>): Field<T, I> {
  return Object.freeze({ ...field, reloadable: true });
}
