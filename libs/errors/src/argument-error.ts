import { inspect } from 'node:util';
import { EggyError } from './eggy-error.js';

/**
 * A value handed to the suite's own API is not usable, `EGGY_ARGUMENT`. The message shows name, value and type:
 * "Expected `port` to be an integer from 1 to 65535, got `0` (number)".
 */
export class ArgumentError extends EggyError {
  constructor(name: string, expected: string, got: unknown) {
    super('EGGY_ARGUMENT', {
      what: `Expected \`${name}\` to be ${expected}, got \`${show(got)}\` (${got === null ? 'null' : typeof got})`,
      fix: `pass ${expected}`,
    });
  }
}

const LONGEST_SHOWN = 80;

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
