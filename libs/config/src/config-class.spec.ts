import { inspect } from 'node:util';
import { ArgumentError } from '@eggybyte/errors';
import { describe, expect, it } from '@jest/globals';
import { configClass, withVariables } from './config-class.js';
import { ConfigNameClashError, ConfigNotLoadedError } from './config.errors.js';
import { loadConfig } from './load-config.js';
import { int } from './number-fields.js';
import { reloadable } from './reloadable.js';
import type { Secret } from './secret.js';
import { oneOf, secret, text, url } from './text-fields.js';
import { duration } from './unit-fields.js';

class AppConfig extends configClass({
  STRIPE_KEY: secret(),
  PAGE_SIZE: int({ min: 1, default: 20 }),
  MODE: oneOf(['fast', 'safe'], { default: 'safe' }),
  TIMEOUT: duration({ default: '5s' }),
  HOME_PAGE: url({ optional: true }),
}) {
  get twice(): number {
    return this.PAGE_SIZE * 2;
  }
}

// Checked by the compiler: each line after a directive has to be refused.
const misuse = (config: AppConfig): unknown[] => {
  // @ts-expect-error a configuration is loaded, not constructed
  const constructed = new AppConfig();
  // @ts-expect-error a variable is read-only
  config.PAGE_SIZE = 1;
  // @ts-expect-error a secret is not a text
  const key: string = config.STRIPE_KEY;
  // @ts-expect-error an optional variable may be undefined
  const page: string = config.HOME_PAGE;
  return [
    constructed,
    key,
    page,
    // @ts-expect-error there is no such variable
    config.PAGESIZE,
    // @ts-expect-error there is no such variable
    config.provenance('PAGESIZE'),
    // @ts-expect-error there is no such mode
    config.MODE === 'slow',
    // @ts-expect-error the default is a text, the value a number
    int({ default: '20' }),
    // @ts-expect-error no such option
    int({ minimum: 1 }),
    // @ts-expect-error a default and optional exclude each other
    int({ optional: true, default: 1 }),
    // @ts-expect-error the default is none of the texts
    oneOf(['a', 'b'], { default: 'c' }),
    // @ts-expect-error a choice of nothing
    oneOf([]),
    // @ts-expect-error not a duration
    duration({ default: '5 seconds' }),
    // @ts-expect-error a computed default has to be told in words
    text({ default: () => 'x' }),
    // @ts-expect-error a computed default gives what may be written in code
    int({ default: () => 'x', defaultText: 'x' }),
    // @ts-expect-error not a field
    configClass({ PORT: 8080 }),
    // @ts-expect-error no such variable
    loadConfig(AppConfig, { values: { PAGESIZE: 1 } }),
    // @ts-expect-error another type
    loadConfig(AppConfig, { overrides: { PAGE_SIZE: '1' } }),
    // @ts-expect-error not a configuration class
    loadConfig(Date, {}),
    // what has to compile, so that the lines above are refused for the right reason
    int({ min: 1, default: 1, description: 'd', aliases: ['OLD'] }),
    text({ default: ({ packageName }) => packageName, defaultText: 'name in package.json' }),
    loadConfig(AppConfig, { values: { STRIPE_KEY: 'sk', TIMEOUT: '5s' }, overrides: { MODE: 'fast' } }),
  ];
};

const load = () => loadConfig(AppConfig, { env: { STRIPE_KEY: 'sk_live_1' } });

describe(configClass, () => {
  it('gives the values as typed properties', () => {
    const config = load();
    const key: Secret = config.STRIPE_KEY;
    const size: number = config.PAGE_SIZE;
    const mode: 'fast' | 'safe' = config.MODE;
    const page: string | undefined = config.HOME_PAGE;
    expect([key.reveal(), size, mode, page, config.TIMEOUT]).toEqual(['sk_live_1', 20, 'safe', undefined, 5000]);
  });

  it('keeps what the user adds to the class', () => {
    const config = load();
    expect(config).toBeInstanceOf(AppConfig);
    expect(config.twice).toBe(40);
  });

  it('gives one frozen generation as a snapshot', () => {
    const config = load();
    const snapshot = config.snapshot();
    expect(Object.isFrozen(snapshot)).toBe(true);
    expect({ ...snapshot, STRIPE_KEY: 'hidden' }).toEqual({
      STRIPE_KEY: 'hidden',
      PAGE_SIZE: 20,
      MODE: 'safe',
      TIMEOUT: 5000,
      HOME_PAGE: undefined,
    });
    expect(config.snapshot()).toBe(snapshot);
  });

  it('does not let a value be set', () => {
    const config = load() as { PAGE_SIZE: number };
    expect(() => (config.PAGE_SIZE = 1)).toThrow(TypeError);
    expect(config.PAGE_SIZE).toBe(20);
  });

  it('keeps two classes and two instances apart', () => {
    class Other extends configClass({ PAGE_SIZE: text({ default: 'big' }) }) {}
    const [small, other] = [
      loadConfig(AppConfig, { env: { STRIPE_KEY: 'x', PAGE_SIZE: '1' } }),
      loadConfig(Other, { env: {} }),
    ];
    expect([small.PAGE_SIZE, load().PAGE_SIZE, other.PAGE_SIZE]).toEqual([1, 20, 'big']);
  });

  it('is not constructed directly', () => {
    const Untyped = AppConfig as unknown as new () => unknown;
    expect(() => new Untyped()).toThrow(ConfigNotLoadedError);
    expect(() => new Untyped()).toThrow('call loadConfig(AppConfig)');
  });

  it('refuses a field of the class that would hide a variable', () => {
    class Shadowing extends configClass({ PAGE_SIZE: int({ default: 1 }) }) {
      override PAGE_SIZE!: number;
    }
    expect(() => loadConfig(Shadowing, { env: {} })).toThrow(ArgumentError);
  });

  it.each(['port', 'Page_Size', 'snapshot', 'warnings', 'constructor', '2FA', 'A-B', ''])(
    'refuses the name %j',
    (name) => {
      expect(() => configClass({ [name]: text() })).toThrow(ArgumentError);
    },
  );

  it('refuses __proto__ as a name instead of taking it as a prototype', () => {
    expect(() => configClass(Object.fromEntries([['__proto__', text()]]))).toThrow(ArgumentError);
  });

  it('refuses an alias that is also a name, or twice an alias', () => {
    expect(() => configClass({ A: text({ aliases: ['B'] }), B: text() })).toThrow(ConfigNameClashError);
    expect(() => configClass({ A: text({ aliases: ['X'] }), B: text({ aliases: ['X'] }) })).toThrow(
      'declares X more than once',
    );
  });

  it('shows its values in JSON and inspection, never a secret', () => {
    const config = load();
    expect(JSON.parse(JSON.stringify(config))).toEqual({
      STRIPE_KEY: '[REDACTED]',
      PAGE_SIZE: 20,
      MODE: 'safe',
      TIMEOUT: 5000,
    });
    expect(inspect(config)).toMatch(/^AppConfig \{ STRIPE_KEY: \[REDACTED\], PAGE_SIZE: 20,|^AppConfig \{\n/);
    expect(inspect({ config }, { showHidden: true, depth: 9, getters: true })).not.toContain('sk_live');
  });

  it('does not compile when it is misused', () => {
    expect(misuse).toBeInstanceOf(Function);
  });
});

describe(withVariables, () => {
  const Extended = withVariables(AppConfig, { WORKERS: reloadable(int({ default: 2 })) });
  const env = { STRIPE_KEY: 'sk', WORKERS: '3', PAGE_SIZE: '4' };

  it('adds variables to a class, and gives instances of that class', () => {
    const config = loadConfig(Extended, { env });
    const workers: number = config.WORKERS;
    expect([workers, config.PAGE_SIZE, config.snapshot().WORKERS]).toEqual([3, 4, 3]);
    expect(config).toBeInstanceOf(AppConfig);
    expect((config as unknown as AppConfig).twice).toBe(8);
    expect(inspect(config)).toMatch(/^AppConfig \{[^}]*WORKERS: 3/);
  });

  it('puts them at the end, or behind the one that is named', () => {
    const names = (after?: 'PAGE_SIZE') =>
      Object.keys(withVariables(AppConfig, { WORKERS: int({ default: 2 }) }, after).schema);
    expect(names().at(-1)).toBe('WORKERS');
    expect(names('PAGE_SIZE')).toEqual(['STRIPE_KEY', 'PAGE_SIZE', 'WORKERS', 'MODE', 'TIMEOUT', 'HOME_PAGE']);
  });

  it('leaves the class as it was', () => {
    expect(load()).not.toHaveProperty('WORKERS');
    expect(Object.keys(AppConfig.schema)).not.toContain('WORKERS');
  });

  it('checks them in the one report', () => {
    const wrong = { env: { ...env, WORKERS: 'many', PAGE_SIZE: '0' } };
    expect(() => loadConfig(Extended, wrong)).toThrow(/2 problems[^]*PAGE_SIZE[^]*WORKERS/);
  });

  it('refuses a name that the class has', () => {
    // @ts-expect-error it does not compile either
    expect(() => withVariables(AppConfig, { PAGE_SIZE: int() })).toThrow(ConfigNameClashError);
  });
});
