import { describe, expect, it } from '@jest/globals';
import { createRequestContext, enterContext, runInContext } from '@eggybyte/observability';
import { createRootLogger, flushLogger, type RootLogger } from './root-logger.js';
import type { RootLoggerOptions } from './logging.options.js';

type Captured = [logger: RootLogger, lines: string[], last: () => Record<string, any>];

function capture(options: Partial<RootLoggerOptions> = {}): Captured {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createRootLogger({ service: 'shop', environment: 'test', version: '1.2.3', destination, ...options });
  return [logger, lines, () => JSON.parse(lines.at(-1) ?? '{}')];
}

/** A value that fights back when it is looked at. */
const HOSTILE = {
  getter: {
    get boom(): string {
      throw new Error('no');
    },
  },
  proxy: new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
      getPrototypeOf: () => {
        throw new Error('no');
      },
    },
  ),
  json: {
    toJSON: () => {
      throw new Error('no');
    },
  },
  bigint: 12345678901234567890n,
  symbol: Symbol('sign'),
  fn: () => 1,
  nan: Number.NaN,
  date: new Date('nonsense'),
  bytes: new Uint8Array(5_000_000),
  huge: 'x'.repeat(5_000_000),
  deep: Array.from({ length: 10_000 }).reduce<object>((inner) => ({ inner }), { password: 'hunter2' }),
  deepList: Array.from({ length: 10_000 }).reduce<unknown[]>((inner) => [inner], []),
  wide: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`field${at}`, 'x'.repeat(100)])),
  longNames: { ['n'.repeat(1_000_000)]: 1 },
  many: Array.from({ length: 100_000 }, (_, at) => ({ at })),
  map: new Map<unknown, unknown>([
    ['password', 'hunter2'],
    ['size', 2],
  ]),
  function: new Proxy(() => 1, {
    get: () => {
      throw new Error('no');
    },
  }),
  error: Object.assign(new Error('x'), { name: 7, message: { password: 'hunter2' }, code: 'mysql://u:hunter2@h/db' }),
  halfError: Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('no');
    },
  }),
  names: { 'mysql://u:hunter2@h/db': 1, hasOwnProperty: 1, constructor: 1 },
  rawHeaders: { rawHeaders: ['x-api-key', 'hunter2'], _header: 'GET / HTTP/1.1\r\nX-Key: hunter2' },
  entries: [...new Map([['set-cookie', 'hunter2']])],
  threeBytes: Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`字${at}`, '字'.repeat(500)])),
};

describe('createRootLogger', () => {
  it('writes time, level, message, service, environment and version', () => {
    const [logger, lines, last] = capture();
    logger.info({ stock: 3 }, 'counted');

    expect(lines).toHaveLength(1);
    expect(last()).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'info',
      msg: 'counted',
      service: 'shop',
      environment: 'test',
      version: '1.2.3',
      stock: 3,
    });
  });

  it('writes the ids of the request and the fields of its context', () => {
    const [logger, , last] = capture();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const context = createRequestContext({ 'x-request-id': 'abc', traceparent });
    context.fields['user'] = 7;
    enterContext(context, () => logger.info('hello'));

    expect(last()).toMatchObject({ request_id: 'abc', trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', user: 7 });
    expect(last()['span_id']).toBe(context.trace?.spanId);
    logger.info('outside');
    expect(last()).not.toHaveProperty('request_id');
  });

  it.each(['time', 'level', 'service', 'environment', 'version', 'request_id', 'trace_id', 'span_id', '__proto__'])(
    'keeps a field of the caller from taking the place of %s',
    (name) => {
      const [logger, lines, last] = capture();
      const fields = JSON.parse(`{"${name}":"spoofed"}`);
      runInContext({ 'x-request-id': 'true-id' }, () => {
        logger.info(fields, 'one');
        logger.child(fields).info('two');
      });

      for (const line of lines) {
        expect(line.split(`"${name}":`).length).toBeLessThanOrEqual(2);
        expect(JSON.parse(line)).toMatchObject({ service: 'shop', level: 'info', request_id: 'true-id' });
        expect(JSON.parse(line)).toHaveProperty([`field_${name}`], 'spoofed');
      }
      expect(last()['msg']).toBe('two');
    },
  );

  it('takes msg and context from the fields where nobody else gives them', () => {
    const [logger, lines, last] = capture();
    logger.info({ msg: 'from the fields', context: 'Bootstrap' });
    expect(last()).toMatchObject({ msg: 'from the fields', context: 'Bootstrap' });
    logger.child({ context: 'Orders' }).info({ msg: 'other', context: 'Fake' }, 'own');
    expect(last()).toMatchObject({ msg: 'own', field_msg: 'other', context: 'Orders', field_context: 'Fake' });
    expect(lines.at(-1)?.match(/"(msg|context)":/g)).toHaveLength(2);
  });

  it.each(Object.entries(HOSTILE))('writes one bounded line whatever is logged: %s', (name, value) => {
    const [logger, lines] = capture();
    const info = (...any: unknown[]): unknown => Reflect.apply(logger.info, logger, any);
    info({ value }, 'as a field');
    info(value, 'as the fields');
    info(value);
    info('%s %o %d', value, value, value);
    info('text', value);
    logger.child({ value }).info(name);
    const circular: Record<string, unknown> = { value };
    circular['self'] = circular;
    logger.info(circular);

    expect(lines).toHaveLength(7);
    for (const line of lines) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(131_072);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line)).toMatchObject({ level: 'info', service: 'shop' });
      expect(line).not.toContain('hunter2');
    }
  });

  it('writes one line for control characters in message, field and key', () => {
    const [logger, lines] = capture();
    logger.info({ 'a\nb\u001b[31m': 'c\r\nd"}\n{"level":"fatal"' }, 'e\nf\u0000{"level":"fatal"}');
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', 'a\nb\u001b[31m': expect.any(String) });
  });

  it.each(['\u0085', '\u2028', '\u2029', '\r', '\v\f'])('writes one line also for who ends one at %j', (end) => {
    const [logger, lines, last] = capture();
    const text = `a${end}{"level":"fatal"}`;
    logger.child({ [`bound${end}`]: text }).info({ [`key${end}`]: text }, text);
    expect(lines[0]?.split(/[\n\v\f\r\u0085\u2028\u2029]/)).toEqual([expect.stringMatching(/^\{.*\}$/), '']);
    expect(last()).toMatchObject({ level: 'info', msg: text, [`key${end}`]: text, [`bound${end}`]: text });
  });

  it('writes errors with type, message, stack, code and causes', () => {
    const [logger, , last] = capture();
    class StockError extends Error {}
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    logger.error(new StockError('no stock', { cause }));

    expect(last()['msg']).toBe('no stock');
    expect(last()['err']).toMatchObject({ type: 'StockError', message: 'no stock' });
    expect(last()['err'].stack).toContain('root-logger.spec');
    expect(last()['err'].cause).toMatchObject({ type: 'Error', message: 'refused', code: 'ECONNREFUSED' });
    logger.error({ err: 'a text was thrown', nested: { failure: new TypeError('inner') } }, 'caught');
    expect(last()).toMatchObject({ err: { message: 'a text was thrown' }, nested: { failure: { type: 'TypeError' } } });
    Reflect.apply(logger.error, logger, ['with text', new RangeError('second')]);
    expect(last()).toMatchObject({ msg: 'with text', err: { type: 'RangeError', message: 'second' } });
    const looping = new Error('loop');
    looping.cause = looping;
    logger.error(looping);
    expect(last()['err'].cause).toBe('[circular]');
  });

  it('writes an error whose texts are none as far as it can be read', () => {
    const [logger, , last] = capture();
    logger.error({ err: HOSTILE.error }, 'odd');
    expect(last()['err']).toMatchObject({ type: 'Error', message: { password: '[REDACTED]' } });
    logger.error({ err: HOSTILE.halfError }, 'odd');
    expect(last()['err']).toMatchObject({ type: 'Error', message: '[unreadable]', stack: expect.any(String) });
    Reflect.apply(logger.error, logger, ['failed: %s', new TypeError('no stock, token=s3cret')]);
    expect(last()['msg']).toBe('failed: TypeError: no stock, token=[REDACTED]');
  });

  it('redacts secrets by field name at any depth and in any case', () => {
    const [logger, lines, last] = capture({ secretKeys: ['pin'] });
    const secrets = { password: 's3cret', Authorization: 's3cret', 'SET-COOKIE': ['s3cret'], apiKey: { a: 's3cret' } };
    logger.info({ ...secrets, a: { b: [{ DB_DSN: 's3cret', 'x-api-key': 's3cret' }] }, PIN: 's3cret' }, 'fields');
    logger.child({ access_token: 's3cret' }).info('bindings');
    runInContext({}, () => logger.info({ headers: new Map([['cookie', 's3cret']]) }, 'map'));
    const inner = Object.assign(new Error('refused by redis://:s3cret@cache'), { cause: { db: { pwd: 's3cret' } } });
    logger.error(
      new AggregateError([new Error('?token=s3cret')], 'outer', {
        cause: new Error('password=s3cret', { cause: inner }),
      }),
    );
    logger.error(Object.assign(new Error('mysql://root:s3cret@db/shop'), { cause: 'user:s3cret@tcp(db:3306)/shop' }));

    expect(lines.join('')).not.toContain('s3cret');
    expect(last()['err'].message).toBe('mysql://root:[REDACTED]@db/shop');
    logger.info({ password: null, has_token: true, secret: undefined });
    expect(last()).toMatchObject({ password: null, has_token: true });
  });

  it('redacts secrets inside messages, also those made of placeholders', () => {
    const [logger, lines] = capture();
    logger.info('connecting to mysql://root:s3cret@db:3306/shop');
    logger.info({}, 'user:s3cret@tcp(db:3306)/shop');
    logger.info('%o %s %j', { password: 's3cret' }, 'redis://:s3cret@cache', { token: 's3cret' });
    logger.info({ url: 'amqp://u:s3cret@queue' }, 'field');
    expect(lines.join('')).not.toContain('s3cret');
  });

  it('cuts a line that its bindings make too long, and keeps who wrote it', () => {
    const [logger, lines, last] = capture();
    let child: RootLogger = logger;
    for (let at = 0; at < 20; at++) child = child.child({ [`text${at}`]: 'y'.repeat(20_000) });
    child.info('still here');
    expect(lines[0]?.length).toBeLessThan(1000);
    expect(last()).toMatchObject({ msg: 'still here', service: 'shop', cut_from: expect.any(Number) });
  });

  it('does not throw when its destination does', () => {
    const destination = {
      write: () => {
        throw new Error('broken');
      },
    };
    const [logger] = capture({ destination });
    expect(() => logger.error(new Error('lost'))).not.toThrow();
    expect(() => flushLogger(logger)).not.toThrow();
  });

  it('flushes its destination at a fatal record and on demand', () => {
    const events: string[] = [];
    const destination = {
      write: (line: string) => events.push(JSON.parse(line).level),
      flushSync: () => events.push('flush'),
    };
    const [logger] = capture({ destination });
    logger.info('buffered');
    logger.fatal('the end');
    flushLogger(logger);
    expect(events).toEqual(['info', 'fatal', 'flush', 'flush']);
  });

  it('changes its level at run time, for children too', () => {
    const [logger, lines] = capture({ level: 'warn' });
    const child = logger.child({ context: 'Child' });
    child.info('silent');
    logger.level = 'debug';
    child.debug('heard');
    expect(lines).toHaveLength(1);
  });

  it('refuses a level or a format that does not exist', () => {
    expect(() => capture({ level: 'loud' as 'info' })).toThrow(/`level` to be one of trace/);
    expect(() => capture({ format: 'xml' as 'json' })).toThrow(/`format` to be json or console/);
  });

  it('writes lines for people in the console format, at once and scrubbed', () => {
    const [logger, lines] = capture({ format: 'console' });
    logger.child({ context: 'Orders' }).warn({ password: 's3cret', items: 2 }, 'low');
    logger.error(new Error('no stock'));
    expect(lines[0]).toMatch(/WARN.*low/);
    expect(lines[0]).toContain('Orders');
    expect(lines[1]).toMatch(/ERROR.*no stock/);
    expect(lines.join('')).not.toMatch(/s3cret|\{"level"/);
  });

  it('lets no text look like a line of its own in the console format', () => {
    const [logger, lines] = capture({ format: 'console' });
    logger.child({ context: 'A\u001b[2J' }).info('bob\n[12:00:00.000] ERROR: forged\r\u001b[1A\u009b1A\tend');
    expect(lines).toEqual([
      expect.stringMatching(/INFO: \[A\\u001b\[2J\] bob\n {4}\[12:00.*forged\\u000d\\u001b\[1A\\u009b1A\tend\n$/),
    ]);
  });
});
