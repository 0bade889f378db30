import { describe, expect, it } from '@jest/globals';
import { type ConfigClass, configClass } from './config-class.js';
import { ConfigNameClashError } from './config.errors.js';
import { type ConfigShape, mergeShapes, type WithoutNamesOf } from './config-shape.js';
import { loadConfig } from './load-config.js';
import { int, port } from './number-fields.js';
import { text } from './text-fields.js';

const suite = { PORT: port({ default: 8080, aliases: ['BUSINESS_HTTP_PORT'] }), HOST: text({ default: '0.0.0.0' }) };

const suiteConfig = <S extends ConfigShape>(shape: S & WithoutNamesOf<typeof suite>): ConfigClass<typeof suite & S> =>
  configClass(mergeShapes<typeof suite, S>(suite, shape));

// Checked by the compiler.
const misuse = (): unknown[] => {
  return [
    // @ts-expect-error the base has this name
    mergeShapes(suite, { PORT: port() }),
    // @ts-expect-error the suite has this name
    suiteConfig({ HOST: text() }),
    suiteConfig({ OTHER: text() }),
  ];
};

describe(mergeShapes, () => {
  it('gives the variables of both, the base first', () => {
    class AppConfig extends suiteConfig({ PAGE_SIZE: int({ default: 20 }) }) {}
    expect(Object.keys(AppConfig.schema)).toEqual(['PORT', 'HOST', 'PAGE_SIZE']);
    const config = loadConfig(AppConfig, { env: {} });
    const values: [number, string, number] = [config.PORT, config.HOST, config.PAGE_SIZE];
    expect(values).toEqual([8080, '0.0.0.0', 20]);
  });

  it('refuses a name that the base has', () => {
    const own: ConfigShape = { PORT: port(), HOST: text(), OTHER: text() };
    expect(() => mergeShapes(suite, own)).toThrow(ConfigNameClashError);
    expect(() => mergeShapes(suite, own)).toThrow('declares PORT, HOST more than once');
  });

  it('refuses a name that is an alias in the base', () => {
    expect(() => mergeShapes(suite, { BUSINESS_HTTP_PORT: port() })).toThrow(ConfigNameClashError);
  });

  it('does not compile with a name that the base has', () => {
    expect(misuse).toThrow(ConfigNameClashError);
  });
});
