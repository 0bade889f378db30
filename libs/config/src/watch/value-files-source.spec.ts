import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { configClass } from '../config-class.js';
import { loadConfig } from '../load-config.js';
import { ConfigReload } from '../reload/config-reload.js';
import type { ReloadEvent } from '../reload/reload-events.js';
import { reloadable } from '../reloadable.js';
import { secret } from '../text-fields.js';
import { ValueFilesSource } from './value-files-source.js';

class AppConfig extends configClass({ API_KEY: reloadable(secret()), FIXED_KEY: secret({ optional: true }) }) {}

describe('ValueFilesSource', () => {
  let folder: string;
  let events: ReloadEvent[];
  let reload: ConfigReload | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'value-files-'));
    events = [];
    Logger.overrideLogger(false);
    jest.useFakeTimers();
  });
  afterEach(async () => {
    await reload?.stop();
    jest.useRealTimers();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string) => join(folder, name);
  /** By another file that takes its place, as the link of a mounted Secret does. */
  function write(name: string, text: string): void {
    writeFileSync(file(`${name}.new`), text);
    renameSync(file(`${name}.new`), file(name));
  }
  function start() {
    const config = loadConfig(AppConfig, { env: { API_KEY_FILE: file('key'), FIXED_KEY_FILE: file('fixed') } });
    reload = new ConfigReload(config, { sources: [new ValueFilesSource(config)] });
    reload.onEvent((event) => void events.push(event));
    reload.start();
    return config;
  }
  const look = () => jest.advanceTimersByTimeAsync(5000);

  it('lets a reload read the files of reloadable variables again when one changes', async () => {
    write('key', 'first\n');
    write('fixed', 'fixed\n');
    const config = start();
    await look();
    write('key', 'second\n');
    await look();
    expect(config.API_KEY.reveal()).toBe('second');
    expect(config.provenance('API_KEY')).toMatchObject({ source: 'file', path: file('key') });
    write('fixed', 'another\n');
    await look();
    expect(config.FIXED_KEY?.reveal()).toBe('fixed');
    expect(events.map(({ kind }) => kind)).toEqual(['reload.unchanged', 'reload.applied']);
  });

  it('keeps the value of a file that is gone, and takes up one that is there again', async () => {
    write('key', 'first');
    write('fixed', 'fixed');
    const config = start();
    await look();
    rmSync(file('key'));
    await look();
    await look();
    expect(config.API_KEY.reveal()).toBe('first');
    write('key', 'second');
    await look();
    expect(config.API_KEY.reveal()).toBe('second');
    expect(events.map(({ kind }) => kind)).toEqual([
      'reload.unchanged',
      'source.trouble',
      'source.trouble',
      'reload.applied',
    ]);
    expect(events[1]).toMatchObject({ trouble: { kind: 'missing', detail: expect.stringContaining('key') } });
    expect(events[2]).toMatchObject({ trouble: undefined });
  });

  it('has nothing to look at where no reloadable variable came from a file, and looks no more once it is stopped', async () => {
    write('fixed', 'fixed');
    const config = loadConfig(AppConfig, { env: { API_KEY: 'key', FIXED_KEY_FILE: file('fixed') } });
    expect(new ValueFilesSource(config).isEmpty).toBe(true);
    write('key', 'first');
    start();
    await look();
    await reload?.stop();
    write('key', 'second');
    await look();
    expect(events).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('refuses a poll that is none', () => {
    const config = loadConfig(AppConfig, { env: { API_KEY: 'key' } });
    expect(() => new ValueFilesSource(config, { poll: 0 })).toThrow('Expected `poll` to be a duration above 0');
  });
});
