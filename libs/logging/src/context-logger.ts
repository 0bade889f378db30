import { Inject, Injectable, Scope } from '@nestjs/common';
import { createRequestContext, enterContext, requestContext } from '@eggybyte/observability';
import { PinoLogger, type RunInContextOptions } from 'nestjs-pino';
import type { Level, Logger as PinoRoot } from 'pino';
import { LogLevels } from './log-levels.js';
import { LOGGING_OPTIONS } from './logging.module-definition.js';
import type { LoggingModuleOptions } from './logging.options.js';
import { addFields } from './safe-fields.js';

/**
 * nestjs-pino's PinoLogger over the application's own root instead of one per process, and over the suite's request
 * context instead of its middleware's: `assign` works in consumers and jobs too.
 */
@Injectable({ scope: Scope.TRANSIENT })
export class ContextLogger extends PinoLogger {
  readonly #root: PinoRoot;
  #logger: PinoRoot;

  constructor(@Inject(LOGGING_OPTIONS) { root }: LoggingModuleOptions) {
    // useExisting keeps the base class from making this root the one of the process.
    super({ pinoHttp: { logger: root }, useExisting: true });
    this.#root = root;
    this.#logger = root;
  }

  override get logger(): PinoRoot {
    return this.#logger;
  }

  override setContext(value: string): void {
    super.setContext(value);
    // A child, so that what is bound to it stays with it.
    this.#logger = LogLevels.of(this.#root).logger(value).child({});
  }

  /** Adds fields to every further record of the current request or job; outside of one there is nothing to add to. */
  override assign(fields: object): void {
    const context = requestContext();
    if (context) addFields(context.fields, fields);
  }

  override runInContext<T>(work: () => T, { bindings, inherit = false }: RunInContextOptions = {}): T {
    const outer = requestContext();
    const context = inherit && outer ? { ...outer, fields: { ...outer.fields } } : createRequestContext({});
    const fields = { ...context.fields };
    if (bindings) addFields(fields, bindings);
    return enterContext({ ...context, fields }, work);
  }

  protected override call(level: Level, ...args: unknown[]): void {
    const [first, ...rest] = args;
    this.#logger[level](first as object, ...(rest as [string]));
  }
}
