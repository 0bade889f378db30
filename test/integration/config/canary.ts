import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { createRootLogger } from '@eggybyte/logging';

/** What has to be seen nowhere. No word of any message is in it, nor is any part of four characters. */
export const CANARY = 'Zq8Yw4Xk2Vj6';

/** Every way in which a value gets in front of somebody, in a text. */
const WAYS: Record<string, (value: any) => string> = {
  String: (value) => String(value),
  'a template': (value) => `${value}`,
  JSON: (value) => JSON.stringify({ deep: [value] }),
  'JSON of its parts': (value) => JSON.stringify([Object.entries(Object(value)), Object.keys(Object(value))]),
  'own properties': (value) => inspect(Object.getOwnPropertyDescriptors(Object(value)), { depth: 9, showHidden: true }),
  prototypes: (value) =>
    inspect(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(Object(value)) ?? {}), { depth: 1 }),
  copies: (value) =>
    inspect([{ ...value }, Array.isArray(value) ? [...value] : [value]], { depth: 9, showHidden: true }),
  ...Object.fromEntries(
    [0, 1, 2, 5, Infinity].map((depth) => [
      `inspect at depth ${depth}`,
      (value: unknown) => inspect({ deep: { value } }, { depth, showHidden: true, getters: true, showProxy: true }),
    ]),
  ),
  'inspect without custom inspection': (value) =>
    inspect(value, { depth: Infinity, showHidden: true, customInspect: false }),
  format: (value) => format('%s %o %O %j', value, value, value, value),
  'an error': (value) => inspect(new Error(`failed: ${value}`, { cause: value }), { depth: 9, showHidden: true }),
  'a property of an error': (value) =>
    inspect(Object.assign(new Error('failed'), { value }), { depth: 9, showHidden: true }),
  'a clone': (value) => attempt(() => inspect(structuredClone(value), { depth: 9, showHidden: true })),
  'a serialization': (value) => attempt(() => serialize(value).toString('latin1')),
  console: consoled,
  'a log record': logged,
};

/** The ways in which something shows the canary, or a part of it. */
export function waysToSee(value: unknown): string[] {
  const parts = [CANARY.slice(0, 4), CANARY.slice(4, 8), CANARY.slice(8)];
  return Object.entries(WAYS)
    .filter(([, look]) => parts.some((part) => look(value).includes(part)))
    .map(([way]) => way);
}

/** Some things cannot be cloned, and the error tells of what. */
function attempt(look: () => string): string {
  try {
    return look();
  } catch (error) {
    return inspect(error, { depth: 9, showHidden: true });
  }
}

function consoled(value: unknown): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const output = new Console({ stdout: stream, stderr: stream, inspectOptions: { depth: 9, showHidden: true } });
  output.log(value);
  output.error('%s %o', value, value);
  output.dir(value, { depth: 9, showHidden: true });
  output.table(value);
  return text;
}

function logged(value: unknown): string {
  let text = '';
  const logger = createRootLogger({
    service: 'canary',
    environment: 'test',
    version: '0.0.0',
    level: 'trace',
    format: 'json',
    destination: { write: (line: string) => void (text += line) },
  });
  logger.info({ value, deep: { value: [value] }, err: value }, `it is ${String(value)}`);
  logger.error(value as object);
  logger.warn({ err: new Error('failed', { cause: value }) }, 'with %s', value);
  return text;
}
