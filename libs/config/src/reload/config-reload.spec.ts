import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { Metrics } from '@eggybyte/observability';
import { configClass } from '../config-class.js';
import { duration, secret } from '../index.js';
import { loadConfig } from '../load-config.js';
import { int, port } from '../number-fields.js';
import { reloadable } from '../reloadable.js';
import { oneOf, text } from '../text-fields.js';
import type { SourceListener, SourceTrouble, WatchedSource } from '../watch/watched-source.js';
import { ConfigReload, type ConfigReloadOptions } from './config-reload.js';
import type { ReloadEvent } from './reload-events.js';
import { addReloadMetrics } from './reload-metrics.js';

class AppConfig extends configClass({
  LEVEL: reloadable(oneOf(['info', 'debug'], { default: 'info', aliases: ['OLD_LEVEL'] })),
  PAGE_SIZE: reloadable(int({ min: 1, max: 100, default: 20 })),
  PAUSE: reloadable(duration({ default: '1s' })),
  TOKEN: reloadable(secret({ optional: true })),
  PORT: port({ default: 8080 }),
  HOST: text({ default: 'here' }),
}) {}

/** A source that tells what a test lets it tell. */
class HandSource implements WatchedSource {
  #listener: SourceListener | undefined;
  #version = 0;
  stopped = false;

  constructor(readonly name = 'hand') {}

  start(listener: SourceListener): void {
    this.#listener = listener;
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }

  tell(texts: Record<string, string>): void {
    const given = Object.assign(Object.create(null) as Record<string, string>, texts);
    this.#listener?.onTexts({ texts: Object.freeze(given), version: `v${++this.#version}` });
  }

  trouble(trouble: SourceTrouble | undefined): void {
    this.#listener?.onTrouble(trouble);
  }
}

describe('ConfigReload', () => {
  let source: HandSource;
  let events: ReloadEvent[];

  beforeEach(() => {
    Logger.overrideLogger(false);
    source = new HandSource();
    events = [];
  });
  afterEach(() => void jest.useRealTimers());

  function start(env: Record<string, string> = {}, options: Partial<ConfigReloadOptions> = {}) {
    const config = loadConfig(AppConfig, { env });
    const reload = new ConfigReload(config, { sources: [source], ...options });
    reload.onEvent((event) => void events.push(event));
    reload.start();
    return { config, reload };
  }
  const kinds = () => events.map(({ kind }) => kind);

  it('replaces the values of reloadable variables, stronger than the environment, and tells where they come from', () => {
    const { config, reload } = start({ PAGE_SIZE: '30' });
    const before = config.snapshot();
    source.tell({ PAGE_SIZE: '40', LEVEL: 'debug', OTHER: 'of somebody else' });

    expect([config.PAGE_SIZE, config.LEVEL, config.PAUSE]).toEqual([40, 'debug', 1000]);
    expect(config.provenance('PAGE_SIZE')).toEqual({ source: 'watched', name: 'PAGE_SIZE', path: 'hand' });
    expect(events).toEqual([
      { kind: 'reload.applied', source: 'hand', version: 'v1', generation: 2, changed: ['LEVEL', 'PAGE_SIZE'] },
    ]);
    expect([config.generation, reload.generation]).toEqual([2, 2]);
    expect(before.PAGE_SIZE).toBe(30);
    expect(Object.isFrozen(config.snapshot())).toBe(true);
  });

  it('falls back to the next source when a text goes', () => {
    const { config } = start({ PAGE_SIZE: '30' });
    source.tell({ PAGE_SIZE: '40' });
    source.tell({});
    expect([config.PAGE_SIZE, config.provenance('PAGE_SIZE').source]).toEqual([30, 'env']);
  });

  it('is weaker than the environment where that is wanted', () => {
    const { config } = start({ PAGE_SIZE: '30' }, { overrideEnv: false });
    source.tell({ PAGE_SIZE: '40', LEVEL: 'debug' });
    expect([config.PAGE_SIZE, config.LEVEL]).toEqual([30, 'debug']);
  });

  it.each([
    ['a reloadable variable', { PAGE_SIZE: '0', LEVEL: 'debug' }, ['PAGE_SIZE']],
    ['several', { PAGE_SIZE: 'many', PAUSE: '1 hour', LEVEL: 'debug' }, ['PAGE_SIZE', 'PAUSE']],
    ['one that only the next start would read', { PORT: '80abc', LEVEL: 'debug' }, ['PORT']],
  ])('refuses an update as a whole for a wrong value of %s, and keeps what was', (_, texts, names) => {
    const { config } = start();
    source.tell({ PAGE_SIZE: '40' });
    source.tell(texts);

    expect([config.PAGE_SIZE, config.LEVEL, config.generation]).toEqual([40, 'info', 2]);
    expect(events.at(-1)).toMatchObject({ kind: 'reload.refused', version: 'v2' });
    const { problems } = events.at(-1) as { problems: { name: string }[] } & ReloadEvent;
    expect(problems.map(({ name }) => name)).toEqual(names);
    source.tell({ PAGE_SIZE: '50' });
    expect([config.PAGE_SIZE, config.generation]).toEqual([50, 3]);
  });

  it('takes what it has refused of one source together with what makes it right of another', () => {
    class Range extends configClass({
      LEAST: reloadable(int({ default: 1 })),
      MOST: reloadable(int({ default: 10 })),
    }) {}
    const config = loadConfig(Range, {
      env: {},
      rules: [{ names: ['MOST', 'LEAST'], expected: 'LEAST or more', holds: ({ LEAST, MOST }) => LEAST <= MOST }],
    });
    const [least, most] = [new HandSource('least'), new HandSource('most')];
    const reload = new ConfigReload(config, { sources: [least, most] });
    reload.onEvent((event) => void events.push(event));
    reload.start();
    least.tell({ LEAST: '20' });
    expect([kinds(), config.LEAST]).toEqual([['reload.refused'], 1]);
    // Wrong without what was refused, right with it.
    most.tell({ MOST: '20' });
    expect([kinds(), config.LEAST, config.MOST]).toEqual([['reload.refused', 'reload.applied'], 20, 20]);
    // What goes on being wrong holds up nobody else.
    least.tell({ LEAST: 'no' });
    most.tell({ MOST: '30' });
    expect([kinds().slice(2), config.LEAST, config.MOST]).toEqual([['reload.refused', 'reload.applied'], 20, 30]);
    expect(reload.sources).toEqual([
      { name: 'least', version: 'v2', refused: true },
      { name: 'most', version: 'v2', refused: false },
    ]);
  });

  it('refuses an update for which a rule of the service throws, and goes on', () => {
    const holds = ({ PAGE_SIZE }: { PAGE_SIZE: number }): boolean => {
      if (PAGE_SIZE === 13) throw new TypeError('canary');
      return true;
    };
    const config = loadConfig(AppConfig, {
      env: {},
      rules: [{ names: ['PAGE_SIZE'], expected: 'a size', holds }],
    });
    const reload = new ConfigReload(config, { sources: [source] });
    reload.onEvent((event) => void events.push(event));
    reload.start();
    source.tell({ PAGE_SIZE: '13' });
    expect(events).toMatchObject([{ kind: 'reload.refused', problems: [{ given: 'TypeError' }] }]);
    expect(JSON.stringify(events)).not.toContain('canary');
    source.tell({ PAGE_SIZE: '14' });
    expect([config.PAGE_SIZE, kinds().at(-1)]).toEqual([14, 'reload.applied']);
  });

  it('says nothing of values: neither in an event, nor in a record', () => {
    const lines: unknown[] = [];
    const log = (...parts: unknown[]): void => void lines.push(parts);
    Logger.overrideLogger({ log, error: log, warn: log, debug: log });
    start();
    source.tell({ TOKEN: 'canary-1', PAGE_SIZE: '77' });
    source.tell({ TOKEN: 'canary-2', PAGE_SIZE: 'canary-3' });
    source.trouble({ kind: 'missing', detail: 'the directory is gone' });
    source.trouble(undefined);
    expect(JSON.stringify(lines)).not.toMatch(/canary|77/);
    expect(lines).toHaveLength(4);
  });

  it('tells which variables take another value with the next start only, until they are as they were', () => {
    const { config, reload } = start({ PORT: '3000' });
    source.tell({ PORT: '3000', PAGE_SIZE: '30' });
    expect(reload.restartRequired).toEqual([]);
    source.tell({ PORT: '4000', PAGE_SIZE: '40' });
    expect([config.PORT, config.PAGE_SIZE, reload.restartRequired]).toEqual([3000, 40, ['PORT']]);
    source.tell({ PORT: '3000', PAGE_SIZE: '40' });
    expect(reload.restartRequired).toEqual([]);
    expect(kinds()).toEqual([
      'reload.applied',
      'reload.applied',
      'restart.required',
      'reload.unchanged',
      'restart.required',
    ]);
  });

  it('asks for no restart for a text that it was told first, nor for one that means what was loaded', () => {
    const { config, reload } = start({ PORT: '3000' });
    source.tell({ PORT: '4000' });
    expect(reload.restartRequired).toEqual([]);
    source.tell({ PORT: '4000', HOST: 'there' });
    expect(reload.restartRequired).toEqual(['HOST']);
    source.tell({ PORT: '5000', HOST: 'here' });
    expect(reload.restartRequired).toEqual(['PORT']);
    source.tell({ PORT: '3000' });
    expect([config.PORT, reload.restartRequired]).toEqual([3000, []]);
  });

  it('asks for no restart for a default that is made anew by each start', () => {
    let starts = 0;
    class Numbered extends configClass({ START: text({ default: () => String(++starts), defaultText: 'a count' }) }) {}
    const config = loadConfig(Numbered, { env: {} });
    const reload = new ConfigReload(config, { sources: [source] });
    reload.start();
    source.tell({ OTHER: 'text' });
    expect([config.START, reload.restartRequired]).toEqual(['1', []]);
  });

  it('takes the first of several sources for the strongest', () => {
    const other = new HandSource('other');
    const { config } = start({}, { sources: [source, other] });
    other.tell({ PAGE_SIZE: '1', LEVEL: 'debug' });
    source.tell({ PAGE_SIZE: '2' });
    expect([config.PAGE_SIZE, config.LEVEL]).toEqual([2, 'debug']);
    other.tell({ PAGE_SIZE: '3' });
    expect([config.PAGE_SIZE, config.LEVEL]).toEqual([2, 'info']);
  });

  it('takes old names, and names no files', () => {
    const { config } = start();
    source.tell({ OLD_LEVEL: 'debug', TOKEN_FILE: '/etc/hostname' });
    expect([config.LEVEL, config.TOKEN]).toEqual(['debug', undefined]);
  });

  it('takes hostile names for names of somebody else', () => {
    const { config } = start();
    source.tell(JSON.parse('{"__proto__":"x","constructor":"y","toString":"z","PAGE_SIZE":"5"}'));
    expect([config.PAGE_SIZE, ({} as { x?: string }).x, typeof config.toString]).toEqual([5, undefined, 'function']);
  });

  it('counts what happened', async () => {
    const metrics = new Metrics();
    const { reload } = start({ PORT: '1' });
    addReloadMetrics(metrics, reload);
    source.tell({ PAGE_SIZE: '30' });
    source.tell({ PAGE_SIZE: '30', OTHER: '1' });
    source.tell({ PAGE_SIZE: '-1' });
    source.tell({ PAGE_SIZE: '31', PORT: '2' });
    const written = await metrics.registry.metrics();
    expect(written).toMatch(/^eggy_config_reload_total\{source="hand",result="applied"\} 2$/m);
    expect(written).toMatch(/^eggy_config_reload_total\{source="hand",result="unchanged"\} 1$/m);
    expect(written).toMatch(/^eggy_config_reload_total\{source="hand",result="refused"\} 1$/m);
    expect(written).toMatch(/^eggy_config_generation 3$/m);
    expect(written).toMatch(/^eggy_config_restart_required 1$/m);
  });

  it('never shows a mixture, whatever is told: the values are all of one accepted update', () => {
    const { config } = start();
    const sizes = fc.constantFrom('1', '50', '100', '0', '101', 'x', '');
    fc.assert(
      fc.property(fc.array(fc.tuple(sizes, sizes)), (updates) => {
        for (const [size, seconds] of updates) {
          source.tell({ PAGE_SIZE: size, PAUSE: `${size}${seconds === 'x' ? 'x' : 's'}` });
          const expected = [config.PAGE_SIZE * 1000, 1000];
          expect(config.PAGE_SIZE === 20 ? 1000 : config.PAUSE).toBe(
            config.PAGE_SIZE === 20 ? expected[1] : expected[0],
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  it('stops its sources, also when one of them cannot', async () => {
    const broken = Object.assign(new HandSource(), { stop: () => Promise.reject(new Error('no')) });
    const { reload } = start({}, { sources: [broken, source] });
    await reload.stop();
    expect(source.stopped).toBe(true);
  });
});

describe('a watch of a variable', () => {
  let source: HandSource;
  beforeEach(() => {
    Logger.overrideLogger(false);
    source = new HandSource();
  });

  function start() {
    const config = loadConfig(AppConfig, { env: {} });
    new ConfigReload(config, { sources: [source] }).start();
    return config;
  }

  it('is told the new and the old value, for changes of its own variable only, until it is disposed of', () => {
    const config = start();
    const told: unknown[] = [];
    {
      using _ = config.watch('PAGE_SIZE', (now, before) => void told.push([now, before]));
      source.tell({ PAGE_SIZE: '30' });
      source.tell({ PAGE_SIZE: '30', LEVEL: 'debug' });
      source.tell({ PAGE_SIZE: '31' });
    }
    source.tell({ PAGE_SIZE: '32' });
    expect(told).toEqual([
      [30, 20],
      [31, 30],
    ]);
  });

  it('compares secrets by what they hold', () => {
    const config = start();
    const told: unknown[] = [];
    config.watch('TOKEN', (now) => void told.push(now?.reveal()));
    source.tell({ TOKEN: 'a' });
    source.tell({ TOKEN: 'a', LEVEL: 'debug' });
    source.tell({ TOKEN: 'b' });
    expect(told).toEqual(['a', 'b']);
  });

  it('is never called while it is busy, and then with the last value', async () => {
    const config = start();
    const told: number[] = [];
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    config.watch('PAGE_SIZE', async (now) => {
      told.push(now);
      await gates[told.length - 1]?.promise;
    });
    for (let size = 1; size <= 10; size++) source.tell({ PAGE_SIZE: String(size) });
    expect(told).toEqual([1]);
    gates[0]?.resolve();
    await sleep(1);
    expect(told).toEqual([1, 10]);
    gates[1]?.resolve();
  });

  it('harms nobody when it throws, rejects, or takes another value away', async () => {
    const config = start();
    const told: number[] = [];
    config.watch('PAGE_SIZE', () => {
      throw new Error('no');
    });
    config.watch('PAGE_SIZE', () => Promise.reject(new Error('no')));
    config.watch('PAGE_SIZE', (now) => void told.push(now));
    source.tell({ PAGE_SIZE: '1' });
    await sleep(1);
    source.tell({ PAGE_SIZE: '2' });
    expect(told).toEqual([1, 2]);
  });

  it('that never ends is told the next change after half a minute', async () => {
    jest.useFakeTimers();
    const config = start();
    const told: number[] = [];
    config.watch('PAGE_SIZE', (now) => {
      told.push(now);
      return new Promise(() => undefined);
    });
    source.tell({ PAGE_SIZE: '1' });
    source.tell({ PAGE_SIZE: '2' });
    await jest.advanceTimersByTimeAsync(29_999);
    expect(told).toEqual([1]);
    await jest.advanceTimersByTimeAsync(1);
    expect(told).toEqual([1, 2]);
    jest.useRealTimers();
  });

  it('has changes as a whole in changes$', () => {
    const config = start();
    const seen: unknown[] = [];
    const subscription = config.changes$.subscribe(({ generation, changed, before, now }) => {
      seen.push([generation, changed, before.PAGE_SIZE, now.PAGE_SIZE]);
    });
    source.tell({ PAGE_SIZE: '30', LEVEL: 'debug' });
    subscription.unsubscribe();
    source.tell({ PAGE_SIZE: '31' });
    expect(seen).toEqual([[2, ['LEVEL', 'PAGE_SIZE'], 20, 30]]);
  });
});
