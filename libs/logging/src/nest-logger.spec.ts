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

  it('keeps what an error tells beside its stack', () => {
    const { logger, last } = nestLogger();
    const error = Object.assign(new TypeError('no stock', { cause: new Error('inner') }), { code: 'E_STOCK' });
    logger.error(error, error.stack, 'Orders');
    expect(last()).toMatchObject({
      msg: 'no stock',
      err: { type: 'TypeError', code: 'E_STOCK', cause: { message: 'inner' } },
    });
  });

  it('keeps what is no text in the place of the text', () => {
    const { logger, last } = nestLogger();
    const answer = { statusCode: 400, message: ['name must be a string'], error: 'Bad Request' };
    logger.warn(answer, 'Pipe');
    expect(last()).toMatchObject({ ...answer, context: 'Pipe' });
    logger.warn({ message: { code: 7 }, msg: 'refused' });
    expect(last()).toMatchObject({ message: { code: 7 }, msg: 'refused' });
  });

  it('takes lists, bytes and what writes itself as values, not as fields', () => {
    const { logger, last } = nestLogger();
    logger.log('got', Buffer.alloc(5_000_000), ['a', 'b'], 'Context');
    expect(last()).toMatchObject({ msg: 'got', value: ['[5000000 bytes]', ['a', 'b']], context: 'Context' });
    logger.log(new Map([['a', 1]]));
    expect(last()).toMatchObject({ value: { a: 1 } });
    logger.log(new Date(0));
    expect(last()).toMatchObject({ value: '1970-01-01T00:00:00.000Z' });
  });

  it('takes a class by its name, and calls a function for its message', () => {
    const { logger, last } = nestLogger();
    logger.log(NestLogger, 'Context');
    expect(last()).toMatchObject({ msg: 'NestLogger', context: 'Context' });
    logger.log(() => ({ msg: 'made when it is written', rows: 3 }));
    expect(last()).toMatchObject({ msg: 'made when it is written', rows: 3 });
    logger.log(() => {
      throw new Error('no');
    });
    expect(last()).toMatchObject({ msg: '[unreadable]' });
  });

  it('does not throw, whatever is logged', () => {
    const { logger, lines } = nestLogger();
    const hostile = {
      get msg(): string {
        throw new Error('no');
      },
    };
    const trap = new Proxy(() => 1, {
      get: () => {
        throw new Error('no');
      },
      apply: () => {
        throw new Error('no');
      },
    });
    expect(() => logger.log(hostile, hostile, Symbol('s'), null, 'Context')).not.toThrow();
    expect(() => logger.log(trap, trap, 'Context')).not.toThrow();
    expect(lines).toHaveLength(2);
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
