import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { configClass, type LoadedConfig } from './config-class.js';
import { ConfigUnknownError } from './config.errors.js';
import { loadConfig } from './load-config.js';
import { int } from './number-fields.js';
import { announceConfig, getConfig, runWithConfig } from './running-configs.js';

class AppConfig extends configClass({ PAGE_SIZE: int({ default: 20 }) }) {}
class OtherConfig extends configClass({ PAGE_SIZE: int({ default: 20 }) }) {}

function announceAll(...configs: LoadedConfig[]): Disposable {
  const announced = configs.map(announceConfig);
  return { [Symbol.dispose]: () => announced.forEach((one) => one[Symbol.dispose]()) };
}

const load = (size: string): AppConfig => loadConfig(AppConfig, { env: { PAGE_SIZE: size } });

describe(getConfig, () => {
  it('gives the configuration of the only application, and none after its end', () => {
    const config = load('1');
    {
      using _ = announceConfig(config);
      expect(getConfig(AppConfig)).toBe(config);
    }
    expect(() => getConfig(AppConfig)).toThrow(ConfigUnknownError);
  });

  it('tells who asks too early what to do', () => {
    expect(() => getConfig(AppConfig)).toThrow(
      'getConfig(AppConfig) has no answer: no application of this process has loaded it, or it has ended. ' +
        'Fix: call it in a function that runs after bootstrap() has begun, not while modules are loaded',
    );
  });

  it('does not guess between two applications', () => {
    using _ = announceAll(load('1'), load('2'));
    expect(() => getConfig(AppConfig)).toThrow(/2 applications of this process have loaded it.* inject AppConfig/);
  });

  it('gives each application its own in what that runs, also later and in parallel', async () => {
    const configs = [load('1'), load('2')];
    using _ = announceAll(configs[0]!, configs[1]!);
    const work = async (): Promise<AppConfig[]> => {
      const before = getConfig(AppConfig);
      await sleep(1);
      return [before, getConfig(AppConfig)];
    };
    const seen = await Promise.all(configs.map((config) => runWithConfig(config, work)));
    expect(seen).toEqual(configs.map((config) => [config, config]));
  });

  it('looks at the class: another application may have another one', () => {
    const other = loadConfig(OtherConfig, { env: {} });
    using _ = announceAll(load('1'), other);
    expect(getConfig(OtherConfig)).toBe(other);
    expect(runWithConfig(other, () => getConfig(AppConfig)).PAGE_SIZE).toBe(1);
  });

  it('knows a configuration as long as the first who announced it', () => {
    const config = load('1');
    const first = announceConfig(config);
    announceConfig(config)[Symbol.dispose]();
    expect(getConfig(AppConfig)).toBe(config);
    first[Symbol.dispose]();
    expect(() => getConfig(AppConfig)).toThrow(ConfigUnknownError);
  });
});
