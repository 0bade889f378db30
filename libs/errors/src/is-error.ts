import { types } from 'node:util';

/** Whether it is an error, also one of another realm: those of Node itself are, where code runs in a `vm` context. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}
