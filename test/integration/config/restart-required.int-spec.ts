import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configClass, ConfigReload, DirectorySource, int, loadConfig, port, reloadable, text } from '@eggybyte/config';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KubeletVolume, type Payload } from '../../support/kubelet-volume.js';
import { waitUntil } from '../../support/wait-until.js';

class AppConfig extends configClass({
  PAGE_SIZE: reloadable(int({ default: 20 })),
  PORT: port({ default: 8080 }),
  REGION: text({ default: 'north', aliases: ['OLD_REGION'] }),
}) {}

describe('a restart that a mounted directory requires', () => {
  let folder: string;
  let volume: KubeletVolume;
  let reload: ConfigReload;

  beforeEach(() => {
    Logger.overrideLogger(false);
    folder = mkdtempSync(join(tmpdir(), 'eggy-restart-'));
    volume = new KubeletVolume(join(folder, 'config'));
  });
  afterEach(async () => {
    await reload.stop();
    rmSync(folder, { recursive: true });
    Logger.overrideLogger(['log', 'error', 'warn']);
  });

  /** Loads `before`, and begins to watch when the directory holds `after` already. */
  function changeDuringTheStart(before: Payload, after: Payload, env: Record<string, string> = {}) {
    volume.write(before);
    const config = loadConfig(AppConfig, { env, mounted: volume.path });
    volume.write(after);
    reload = new ConfigReload(config, { sources: [new DirectorySource({ directory: volume.path, poll: '50ms' })] });
    reload.start();
    return config;
  }

  const untilRequired = (...names: string[]) =>
    waitUntil(() => reload.restartRequired.join() === names.join(), { what: `a restart for ${names.join()}` });

  it('is one for what changed between the load and the first look', async () => {
    const config = changeDuringTheStart({ PORT: '3000' }, { PORT: '4000', REGION: 'south' });
    await untilRequired('PORT', 'REGION');
    expect([config.PORT, config.REGION]).toEqual([3000, 'north']);
  });

  it('is over when the directory holds again what was loaded', async () => {
    const config = changeDuringTheStart({ PORT: '3000' }, { PORT: '4000' });
    await untilRequired('PORT');
    volume.write({ PORT: '3000' });
    await untilRequired();
    volume.write({});
    await untilRequired('PORT');
    expect(config.PORT).toBe(3000);
  });

  it('is none for what the next start would read elsewhere, or read as the same', async () => {
    const config = changeDuringTheStart(
      { PORT: '3000', OLD_REGION: 'south', PAGE_SIZE: '1' },
      { PORT: '4000', REGION: 'south', PAGE_SIZE: '2' },
      { PORT: '5000' },
    );
    await waitUntil(() => config.PAGE_SIZE === 2, { what: 'the first texts' });
    expect(reload.restartRequired).toEqual([]);
    volume.write({ PORT: '6000', REGION: 'west', PAGE_SIZE: '3' });
    await untilRequired('REGION');
    expect(config.PAGE_SIZE).toBe(3);
  });
});
