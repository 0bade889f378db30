import { Inject, Injectable, Logger, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { configClass } from './config-class.js';
import { ConfigInvalidError, ConfigNotLoadedError, ConfigReadOnlyError } from './config.errors.js';
import { EggyConfigModule } from './config.module.js';
import { loadConfig } from './load-config.js';
import { int } from './number-fields.js';
import { reloadable } from './reloadable.js';
import { Secret } from './secret.js';
import { secret, text } from './text-fields.js';
import type { SourceListener, WatchedSource } from './watch/watched-source.js';

class AppConfig extends configClass({
  STRIPE_KEY: secret(),
  PAGE_SIZE: int({ min: 1, default: 20 }),
  OWNER: text({ optional: true }),
}) {}

@Injectable()
class Products {
  constructor(
    readonly config: AppConfig,
    @Inject(ConfigService) readonly service: ConfigService,
  ) {}
}

@Module({ providers: [Products], exports: [Products] })
class ProductsModule {}

const env = { STRIPE_KEY: 'sk_live_1', PAGE_SIZE: '7' };

async function products(
  ...imports: NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>
): Promise<Products> {
  const module = await Test.createTestingModule({ imports: [...imports, ProductsModule] }).compile();
  return module.get(Products, { strict: false });
}

describe(EggyConfigModule, () => {
  afterEach(() => {
    jest.restoreAllMocks();
    delete process.env['OWNER'];
    delete process.env['EGGY_SPEC_FOREIGN'];
  });

  it('provides a loaded configuration everywhere by its class', async () => {
    const config = loadConfig(AppConfig, { env });
    expect((await products(EggyConfigModule.forRoot({ config }))).config).toBe(config);
  });

  it('loads a configuration class itself', async () => {
    const { config } = await products(
      EggyConfigModule.forRoot({ config: AppConfig, env, overrides: { PAGE_SIZE: 3 } }),
    );
    expect(config).toBeInstanceOf(AppConfig);
    expect([config.PAGE_SIZE, config.STRIPE_KEY.reveal()]).toEqual([3, 'sk_live_1']);
  });

  it('logs the warnings of what it loads', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await products(EggyConfigModule.forRoot({ config: AppConfig, env: { ...env, PAGE_SIZ: '1' } }));
    expect(warn.mock.calls).toEqual([
      ['PAGE_SIZ (environment) is not a variable of this configuration: did you mean PAGE_SIZE?'],
    ]);
  });

  it('fails the start with the report', async () => {
    await expect(products(EggyConfigModule.forRoot({ config: AppConfig, env: {} }))).rejects.toThrow(
      ConfigInvalidError,
    );
  });

  it('lets a test override the configuration before anything is read', async () => {
    const fake = loadConfig(AppConfig, { env: {}, overrides: { STRIPE_KEY: 'x', PAGE_SIZE: 1 } });
    const module = await Test.createTestingModule({
      imports: [EggyConfigModule.forRoot({ config: AppConfig, env: {} }), ProductsModule],
    })
      .overrideProvider(AppConfig)
      .useValue(fake)
      .compile();
    expect(module.get(Products, { strict: false }).service.get('PAGE_SIZE')).toBe(1);
  });

  it('tells who lists the class as a provider what to do instead', async () => {
    const module = Test.createTestingModule({ providers: [AppConfig] });
    await expect(module.compile()).rejects.toThrow(ConfigNotLoadedError);
  });

  it('follows its sources from the end of the start to the end of the application', async () => {
    class WatchedConfig extends configClass({ PAGE_SIZE: reloadable(int({ default: 20 })) }) {}
    jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const calls: string[] = [];
    let listener: SourceListener | undefined;
    const source: WatchedSource = {
      name: 'hand',
      start: (told) => {
        calls.push('start');
        listener = told;
      },
      stop: async () => void calls.push('stop'),
    };
    const imports = [EggyConfigModule.forRoot({ config: WatchedConfig, env: {}, watch: { sources: [source] } })];
    const module = await Test.createTestingModule({ imports }).compile();
    expect(calls).toEqual([]);
    await module.init();
    listener?.onTexts({ texts: { PAGE_SIZE: '30' }, version: 'v1' });
    expect(module.get(WatchedConfig).PAGE_SIZE).toBe(30);
    expect(module.get(ConfigService).get('PAGE_SIZE')).toBe(30);
    await module.close();
    expect(calls).toEqual(['start', 'stop']);
  });

  it('serves the same values by the ConfigService of @nestjs/config', async () => {
    const { config, service } = await products(EggyConfigModule.forRoot({ config: AppConfig, env }));
    expect(service.get('PAGE_SIZE')).toBe(7);
    expect(service.getOrThrow('PAGE_SIZE', { infer: true })).toBe(7);
    expect(service.get('STRIPE_KEY')).toBe(config.STRIPE_KEY);
    expect(service.get('STRIPE_KEY')).toBeInstanceOf(Secret);
  });

  it('gives no raw text of process.env for a variable of the schema', async () => {
    process.env['OWNER'] = 'raw';
    const { service } = await products(EggyConfigModule.forRoot({ config: AppConfig, env }));
    expect([service.get('OWNER'), service.get('OWNER', 'me'), service.get('OWNER', { infer: true })]).toEqual([
      undefined,
      'me',
      undefined,
    ]);
    expect(() => service.getOrThrow('OWNER')).toThrow('Configuration key "OWNER" does not exist');
  });

  it('serves other names from process.env, as that ConfigService does', async () => {
    process.env['EGGY_SPEC_FOREIGN'] = 'raw';
    const { service } = await products(EggyConfigModule.forRoot({ config: AppConfig, env }));
    expect([service.get('EGGY_SPEC_FOREIGN'), service.get('EGGY_SPEC_NONE'), service.get('EGGY_SPEC_NONE', 1)]).toEqual(
      ['raw', undefined, 1],
    );
  });

  it('lets nobody set a value', async () => {
    const { service } = await products(EggyConfigModule.forRoot({ config: AppConfig, env }));
    expect(() => service.set('PAGE_SIZE', 8)).toThrow(ConfigReadOnlyError);
    expect(process.env['PAGE_SIZE']).toBeUndefined();
  });

  it.each(['before', 'after'])('leaves the ConfigService to a global ConfigModule imported %s it', async (order) => {
    const own = ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => ({ shop: { open: true } })] });
    const suite = EggyConfigModule.forRoot({ config: AppConfig, env, configService: false });
    const { config, service } = await products(...(order === 'before' ? [own, suite] : [suite, own]));
    expect([config.PAGE_SIZE, service.get('shop.open')]).toEqual([7, true]);
  });
});
