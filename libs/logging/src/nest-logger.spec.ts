import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { NestLogger } from './nest-logger.js';
import { createRootLogger } from './root-logger.js';

function nestLogger(): { logger: NestLogger; last: () => Record<string, any>; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const root = createRootLogger({ service: 's', environment: 'e', version: 'v', level: 'trace', destination });
  return { logger: new NestLogger(root), lines, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

describe('NestLogger', () => {
  it.each([
    ['verbose', 'trace'],
    ['debug', 'debug'],
    ['log', 'info'],
    ['warn', 'warn'],
    ['error', 'error'],
    ['fatal', 'fatal'],
  ] as const)('writes %s at %s, with the context last', (method, level) => {
    const { logger, last } = nestLogger();
    logger[method]('ready', 'Bootstrap');
    expect(last()).toMatchObject({ level, msg: 'ready', context: 'Bootstrap' });
  });

  it("takes Nest's line for each module and route for a detail", () => {
    const { logger, last } = nestLogger();
    logger.log('Mapped {/users, GET} route', 'RouterExplorer');
    expect(last()).toMatchObject({ level: 'debug', context: 'RouterExplorer' });
    logger.error('Nest cannot start', 'NestApplication');
    expect(last()).toMatchObject({ level: 'error' });
  });

  it('takes fields with the text as msg or message, and fields after the text', () => {
    const { logger, last } = nestLogger();
    logger.log({ msg: 'started', took_ms: 3 }, 'Launcher');
    expect(last()).toMatchObject({ msg: 'started', took_ms: 3, context: 'Launcher' });
    logger.log({ message: 'started', took_ms: 4 });
    expect(last()).toMatchObject({ msg: 'started', took_ms: 4 });
    logger.warn('slow', { sql: 'select 1' }, { ms: 5 }, 'Database');
    expect(last()).toMatchObject({ msg: 'slow', sql: 'select 1', ms: 5, context: 'Database' });
    logger.log('one', 'two', 3, 'Context');
    expect(last()).toMatchObject({ msg: 'one two 3', context: 'Context' });
    logger.log(undefined, 'Context');
    expect(last()).toMatchObject({ msg: 'undefined', context: 'Context' });
  });

  it('takes errors in each form that Nest uses', () => {
    const { logger, last } = nestLogger();
    const error = new TypeError('no stock');
    logger.error(error, undefined, 'Orders');
    expect(last()).toMatchObject({
      msg: 'no stock',
      context: 'Orders',
      err: { type: 'TypeError', stack: error.stack },
    });
    logger.error('failed', error.stack, 'Orders');
    expect(last()).toMatchObject({ msg: 'failed', context: 'Orders', err: { message: 'failed', stack: error.stack } });
    logger.error('failed', error.stack);
    expect(last()).toMatchObject({ msg: 'failed', err: { stack: error.stack } });
    expect(last()).not.toHaveProperty('context');
    logger.error('failed', error, 'Orders');
    expect(last()).toMatchObject({ msg: 'failed', context: 'Orders', err: { message: 'no stock' } });
    logger.error({ msg: 'failed', err: error, code: 7 }, 'Orders');
    expect(last()).toMatchObject({ msg: 'failed', code: 7, err: { message: 'no stock' } });
  });

  it('does not throw, whatever is logged', () => {
    const { logger, lines } = nestLogger();
    const hostile = {
      get msg(): string {
        throw new Error('no');
      },
    };
    expect(() => logger.log(hostile, hostile, Symbol('s'), null, 'Context')).not.toThrow();
    expect(lines).toHaveLength(1);
  });

  it('carries the records of Nest’s own static logger', () => {
    const { logger, last } = nestLogger();
    Logger.overrideLogger(logger);
    new Logger('Stock').log('counted');
    expect(last()).toMatchObject({ level: 'info', msg: 'counted', context: 'Stock' });
    new Logger('Orders').error(new Error('boom'));
    expect(last()).toMatchObject({ msg: 'boom', context: 'Orders', err: { message: 'boom' } });
    new Logger('Orders').error('boom');
    expect(last()).toMatchObject({ msg: 'boom', context: 'Orders' });
    Logger.overrideLogger(['log']);
  });
});
