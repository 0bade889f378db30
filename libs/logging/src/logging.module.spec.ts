import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { AccessLog, createRequestContext, requestContext, runInContext } from '@eggybyte/observability';
import { Test, type TestingModule } from '@nestjs/testing';
import { InjectPinoLogger, Logger, NativeLogger, PinoLogger } from 'nestjs-pino';
import { EggyLoggingModule } from './logging.module.js';
import { NestLogger } from './nest-logger.js';
import { createRootLogger, type RootLogger } from './root-logger.js';

function capture(service = 'shop'): { root: RootLogger; last: () => Record<string, any> } {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const root = createRootLogger({ service, environment: 'test', version: '1', destination });
  return { root, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

const modules: TestingModule[] = [];
afterEach(() => Promise.all(modules.splice(0).map((module) => module.close())));

async function boot(
  imports: NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>,
): Promise<TestingModule> {
  const module = await Test.createTestingModule({ imports }).compile();
  modules.push(module);
  return module;
}

@Injectable()
class Orders {
  constructor(readonly logger: PinoLogger) {
    logger.setContext(Orders.name);
  }
}

@Injectable()
class Payments {
  constructor(readonly logger: PinoLogger) {}
}

@Module({ providers: [Orders, Payments] })
class ShopModule {}

describe('EggyLoggingModule', () => {
  it('provides PinoLogger everywhere, one for each class that injects it', async () => {
    const { root, last } = capture();
    const module = await boot([EggyLoggingModule.forRoot({ root }), ShopModule]);
    module.get(Orders, { strict: false }).logger.info({ id: 7 }, 'placed');
    expect(last()).toMatchObject({ msg: 'placed', id: 7, context: 'Orders', service: 'shop' });
    module.get(Payments, { strict: false }).logger.warn('unpaid');
    expect(last()).toMatchObject({ msg: 'unpaid', level: 'warn' });
    expect(last()).not.toHaveProperty('context');
  });

  it('serves @InjectPinoLogger of a class that is evaluated after forRoot()', async () => {
    const { root, last } = capture();
    const imported = EggyLoggingModule.forRoot({ root });

    @Injectable()
    class Late {
      constructor(@InjectPinoLogger('Late') readonly logger: PinoLogger) {}
    }
    @Module({ providers: [Late] })
    class LateModule {}

    const module = await boot([imported, LateModule]);
    module.get(Late, { strict: false }).logger.info('here');
    expect(last()).toMatchObject({ msg: 'here', context: 'Late' });
  });

  it('works with options made by a factory', async () => {
    const { root, last } = capture();
    const module = await boot([EggyLoggingModule.forRootAsync({ useFactory: () => ({ root }) }), ShopModule]);
    module.get(Orders, { strict: false }).logger.info('placed');
    expect(last()).toMatchObject({ msg: 'placed', context: 'Orders' });
  });

  it('keeps two applications of one process apart', async () => {
    const [first, second] = [capture('first'), capture('second')];
    const one = await boot([EggyLoggingModule.forRoot({ root: first.root }), ShopModule]);
    const two = await boot([EggyLoggingModule.forRoot({ root: second.root }), ShopModule]);
    one.get(Orders, { strict: false }).logger.info('a');
    two.get(Orders, { strict: false }).logger.info('b');
    expect([first.last()['msg'], second.last()['msg']]).toEqual(['a', 'b']);
  });

  it('assigns fields to the rest of the request or job', async () => {
    const { root, last } = capture();
    const module = await boot([EggyLoggingModule.forRoot({ root }), ShopModule]);
    const { logger } = module.get(Orders, { strict: false });
    runInContext({ 'x-request-id': 'r1' }, () => {
      logger.assign({ user: 7, password: 's3cret' });
      module.get(Payments, { strict: false }).logger.info('paid');
    });
    expect(last()).toMatchObject({ user: 7, password: '[REDACTED]', request_id: 'r1' });
    expect(() => logger.assign({ user: 8 })).not.toThrow();
    const hostile = Object.defineProperty({ size: 2 }, 'boom', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    runInContext({}, () => {
      logger.assign(hostile);
      logger.info('assigned');
    });
    expect(last()).toMatchObject({ msg: 'assigned', size: 2, boom: '[unreadable]' });
    logger.info('outside');
    expect(last()).not.toHaveProperty('user');
  });

  it('runs work in a context of its own by PinoLogger.runInContext', async () => {
    const { root, last } = capture();
    const module = await boot([EggyLoggingModule.forRoot({ root }), ShopModule]);
    const { logger } = module.get(Orders, { strict: false });
    runInContext({ 'x-request-id': 'outer' }, () => {
      logger.assign({ user: 7 });
      logger.runInContext(() => logger.info('inner'), { bindings: { job: 'mail' }, inherit: true });
      expect(last()).toMatchObject({ request_id: 'outer', user: 7, job: 'mail' });
      expect(requestContext()?.fields).toEqual({ user: 7 });
      logger.runInContext(() => logger.info('apart'));
    });
    expect(last()['request_id']).not.toBe('outer');
    expect(last()).not.toHaveProperty('user');
  });

  it('provides one logger for Nest under each of its names', async () => {
    const { root, last } = capture();
    const module = await boot([EggyLoggingModule.forRoot({ root })]);
    expect(module.get(Logger)).toBe(module.get(NestLogger));
    expect(module.get(NativeLogger)).toBe(module.get(NestLogger));
    module.get(Logger).log('hello', 'Nest');
    expect(last()).toMatchObject({ msg: 'hello', context: 'Nest' });
  });

  it('writes access records at info, server errors at error', async () => {
    const { root, last } = capture();
    const log = (await boot([EggyLoggingModule.forRoot({ root })])).get(AccessLog);
    const record = {
      method: 'GET',
      route: '/users/:id',
      path: '/users/7',
      status: 200,
      durationMs: 1.23456,
      bytes: 12,
    };
    const context = createRequestContext({ 'x-request-id': 'r2' });
    log.write(record, context);
    expect(last()).toMatchObject({ level: 'info', msg: 'request', context: 'AccessLog', request_id: 'r2' });
    expect(last()).toMatchObject({ method: 'GET', route: '/users/:id', path: '/users/7', status: 200, bytes: 12 });
    expect(last()['duration_ms']).toBe(1.235);
    expect(last()).not.toHaveProperty('aborted');
    log.write({ ...record, status: 503 }, context);
    expect(last()).toMatchObject({ level: 'error', status: 503 });
    log.write({ ...record, status: 499, aborted: true }, context);
    expect(last()).toMatchObject({ level: 'info', aborted: true });
  });
});
