import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ContextLogger } from './context-logger.js';
import { LogLevels } from './log-levels.js';
import { LoggersEndpoint } from './loggers-endpoint.js';
import { NestLogger } from './nest-logger.js';
import { createRootLogger, type RootLogger } from './root-logger.js';

let lines: string[];
let root: RootLogger;
let levels: LogLevels;
let nest: NestLogger;
beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  const destination = { write: (line: string) => void lines.push(line) };
  root = createRootLogger({ service: 'test', environment: 'test', version: '1', destination });
  levels = LogLevels.of(root);
  nest = new NestLogger(root);
});
afterEach(() => {
  jest.useRealTimers();
});
const told = (): string[] => lines.splice(0).map((line) => (JSON.parse(line) as { msg: string }).msg);
const tell = (): string[] => {
  nest.debug('orders', 'Orders');
  nest.debug('others', 'Others');
  nest.debug('nobody');
  return told();
};

describe('LogLevels', () => {
  it('are one for a root logger', () => {
    expect(LogLevels.of(root)).toBe(levels);
  });

  it('give everybody another level for a time', () => {
    levels.lease({ level: 'debug', ttl: '1m' });
    expect(tell()).toEqual(['orders', 'others', 'nobody']);
    jest.advanceTimersByTime(59_999);
    expect(levels.report()).toMatchObject({ level: 'debug', configured: 'info', until: expect.any(String) });
    jest.advanceTimersByTime(1);
    expect(tell()).toEqual([]);
    expect(levels.report()).toMatchObject({ level: 'info', configured: 'info', until: null });
  });

  it('give one context another level, whoever logs for it, before and after', () => {
    tell();
    levels.lease({ level: 'debug', context: 'Orders' });
    const pino = new ContextLogger({ root });
    pino.setContext('Orders');
    pino.debug('by PinoLogger');
    expect([...told(), ...tell()]).toEqual(['by PinoLogger', 'orders']);
    expect(levels.report().contexts).toEqual([
      { context: 'Orders', level: 'debug', until: expect.any(String), known: true },
    ]);
    jest.advanceTimersByTime(600_000);
    pino.debug('by PinoLogger');
    expect([...told(), ...tell()]).toEqual([]);
  });

  it('can be higher for one context', () => {
    tell();
    levels.lease({ level: 'error', context: 'Orders' });
    nest.warn('orders', 'Orders');
    nest.warn('others', 'Others');
    expect(told()).toEqual(['others']);
  });

  it('come before a new configuration, and go back to it', () => {
    levels.lease({ level: 'debug' });
    levels.configure('error');
    expect(root.level).toBe('debug');
    levels.release();
    expect(root.level).toBe('error');
  });

  it('let a context follow the root again after its lease', () => {
    tell();
    levels.lease({ level: 'error', context: 'Orders' });
    levels.release('Orders');
    levels.configure('debug');
    expect(tell()).toEqual(['orders', 'others', 'nobody']);
    root.level = 'info';
    expect(tell()).toEqual([]);
    expect(levels.report().configured).toBe('info');
  });

  it('can be for a context that has never told anything', () => {
    levels.lease({ level: 'debug', context: 'Later' });
    expect(levels.report().contexts).toMatchObject([{ context: 'Later', known: false }]);
    nest.debug('later', 'Later');
    expect(told()).toEqual(['later']);
  });

  it('end for a context too that came when a thousand were known', () => {
    for (let n = 0; n < 1000; n++) nest.log('x', `Context${n}`);
    levels.lease({ level: 'debug', context: 'Late' });
    const late = levels.logger('Late');
    levels.release('Late');
    expect(late.isLevelEnabled('debug')).toBe(false);
  });

  it('keep neither long names nor credentials of contexts', () => {
    nest.log('x', 'y'.repeat(129));
    nest.log('connecting', 'mysql://u:s3cret@h:1/db');
    expect(levels.report().known).toEqual(['mysql://u:[REDACTED]@h:1/db']);
  });

  it('are a hundred at most', () => {
    for (let n = 0; n < 100; n++) levels.lease({ level: 'debug', context: `Context${n}` });
    levels.lease({ level: 'trace', context: 'Context7' });
    expect(() => levels.lease({ level: 'debug', context: 'OneMore' })).toThrow(/as there are 100/);
  });

  it('take the last lease for the same loggers', () => {
    levels.lease({ level: 'debug', ttl: '1m' });
    levels.lease({ level: 'trace', ttl: '5m' });
    jest.advanceTimersByTime(60_000);
    expect(root.level).toBe('trace');
    jest.advanceTimersByTime(240_000);
    expect(root.level).toBe('info');
  });

  it.each([
    [{ level: 'loud' }, /`level` to be one of trace, debug/],
    [{ level: 'debug', ttl: '0s' }, /`ttl` to be a duration above 0 and up to 24h/],
    [{ level: 'debug', ttl: '25h' }, /`ttl`/],
    [{ level: 'debug', ttl: 'soon' }, /`ttl`/],
  ])('refuse %p', (lease, message) => {
    expect(() => levels.lease(lease as never)).toThrow(message);
    expect(levels.report()).toMatchObject({ level: 'info', until: null });
  });
});

describe('/loggers', () => {
  const change = (body: unknown) => {
    const signal = new AbortController().signal;
    return new LoggersEndpoint(levels).change({ method: 'POST', query: new URLSearchParams(), body, signal });
  };

  it('tells what is in force, and who is there', () => {
    tell();
    nest.log('x', 'Orders');
    expect(new LoggersEndpoint(levels).handle().body).toEqual({
      level: 'info',
      configured: 'info',
      until: null,
      contexts: [],
      known: ['Orders'],
    });
  });

  it('begins a lease and ends it', () => {
    expect(change({ level: 'debug', ttl: '5m' })).toMatchObject({ body: { level: 'debug' } });
    expect(change({ level: null })).toMatchObject({ body: { level: 'info', until: null } });
  });

  it.each([
    [null, /`body` to be an object with a level/],
    ['debug', /`body`/],
    [[], /`body`/],
    [{}, /`level` to be a level, or null/],
    [{ level: 'loud' }, /`level`/],
    [{ level: 'debug', tll: '5m' }, /`body` to be an object of level, context, ttl alone, got `tll`/],
    [{ level: 'debug', context: 7 }, /`context`/],
    [{ level: 'debug', ttl: {} }, /`ttl`/],
  ])('answers 400 to %p, and says why', (body, error) => {
    expect(change(body)).toEqual({ status: 400, body: { error: expect.stringMatching(error) } });
    expect(root.level).toBe('info');
  });
});
