import type { LoggerService } from '@nestjs/common';
import type { Level, Logger as PinoRoot } from 'pino';
import { LogLevels } from './log-levels.js';
import { isError } from './record-walk.js';
import { addField, bagOf, namesOf, readField, textOf, UNREADABLE } from './safe-fields.js';

const STACK = /\n\s+at /;
/** Nest tells a line for each module and route of a start: details here, as every phase of the start is one record. */
const DETAILS_OF_START = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Where Nest tells of an error that makes the start fail, and throws it as well. */
const FAILURES_OF_START = new Set(['ExceptionHandler', 'NestApplication']);

/**
 * Nest's logger over a pino root: for `app.useLogger`, `Logger.overrideLogger` and the `logger` option.
 *
 * It takes every form in which Nest and its users log: a text, an error, or an object of fields with its text as `msg`
 * or `message`; then further fields, an error, a stack; last the context.
 */
export class NestLogger implements LoggerService {
  readonly #root: PinoRoot;
  readonly #levels: LogLevels;
  #failuresAreToldElsewhere = false;

  constructor(root: PinoRoot) {
    this.#root = root;
    this.#levels = LogLevels.of(root);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.#write('trace', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.#write('debug', message, more);
  }

  log(message: unknown, ...more: unknown[]): void {
    this.#write(DETAILS_OF_START.has(more.at(-1) as string) ? 'debug' : 'info', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.#write('warn', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    const isTold = this.#failuresAreToldElsewhere && FAILURES_OF_START.has(more.at(-1) as string);
    this.#write(isTold ? 'debug' : 'error', message, more);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.#write('fatal', message, more);
  }

  /**
   * For whoever starts an application and tells why a start failed: until the result is disposed of, Nest's own record
   * of that failure is a detail.
   */
  leaveFailuresOfStart(): Disposable {
    this.#failuresAreToldElsewhere = true;
    return { [Symbol.dispose]: () => void (this.#failuresAreToldElsewhere = false) };
  }

  #write(level: Level, message: unknown, more: unknown[]): void {
    if (!this.#levels.mayWrite(level)) return;
    const last = more.at(-1);
    const hasContext = typeof last === 'string' && !STACK.test(last);
    const logger = hasContext ? this.#levels.logger(last) : this.#root;
    if (!logger.isLevelEnabled(level)) return;
    const parameters = (hasContext ? more.slice(0, -1) : more).filter((parameter) => parameter !== undefined);
    if (typeof message === 'string' && parameters.length === 0) logger[level](message);
    else logger[level](...joined(message, parameters));
  }
}

/** Message and parameters as pino takes them: the fields, then the text. */
function joined(message: unknown, parameters: unknown[]): [fields: object, text?: string] {
  const fields: Record<string, unknown> = {};
  const texts: string[] = [];
  const values: object[] = [];
  for (const given of [message, ...parameters]) {
    const part = typeof given === 'function' ? called(given) : given;
    if (isError(part)) fields['err'] = part;
    // Beside the error itself its stack tells nothing new.
    else if (typeof part === 'string' && STACK.test(part)) fields['err'] ??= asError(message, part);
    else if (typeof part === 'object' && part !== null) addPart(part, fields, texts, values);
    else texts.push(textOf(part));
  }
  if (values.length > 0) fields['value'] = values.length === 1 ? values[0] : values;
  return texts.length === 0 ? [fields] : [fields, texts.join(' ')];
}

/** As Nest's own logger: a class is told by its name, a function makes the message. */
function called(given: Function): unknown {
  try {
    return /^class\b/.test(Function.prototype.toString.call(given)) ? given.name : (given() as unknown);
  } catch {
    return UNREADABLE;
  }
}

/** Adds a bag's fields and its text, and what is no bag to the values. */
function addPart(part: object, fields: Record<string, unknown>, texts: string[], values: object[]): void {
  const bag = bagOf(part);
  if (!bag) {
    values.push(part);
    return;
  }
  const msg = readField(bag, 'msg');
  const name = typeof msg === 'string' ? 'msg' : 'message';
  const text = typeof msg === 'string' ? msg : readField(bag, 'message');
  if (typeof text === 'string') texts.push(text);
  for (const own of namesOf(bag)) {
    if (own !== name || typeof text !== 'string') addField(fields, own, own === 'msg' ? msg : readField(bag, own));
  }
}

/** Nest hands over the stack of an error as a text beside its message. */
function asError(message: unknown, stack: string): Error {
  const error = new Error(typeof message === 'string' ? message : stack.slice(0, stack.indexOf('\n')));
  error.stack = stack;
  return error;
}
