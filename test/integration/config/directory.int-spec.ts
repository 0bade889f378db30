import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DirectorySource, type DirectorySourceOptions } from '@eggybyte/config';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runsAsRoot } from '../../support/owned-process.js';
import { runNode } from '../../support/run-node.js';
import { waitUntil } from '../../support/wait-until.js';
import { inotifyWatches } from './inotify-watches.js';
import { KubeletVolume, type Payload } from '../../support/kubelet-volume.js';
import { Told, until } from './told.js';

/** So long that only events can be the reason of what is told. */
const NO_POLL = '1h';
/** So short that a test need not wait for what no event tells. */
const SOON = '50ms';
const PROGRAMS = join(import.meta.dirname, 'programs');

let folder: string;
let directory: string;
const sources: DirectorySource[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eggy-mounted-'));
  chmodSync(folder, 0o777);
  directory = join(folder, 'config');
});
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
  rmSync(folder, { recursive: true });
});

/** A source of the directory that is stopped after the test, and what it told. */
function watching(options: Partial<DirectorySourceOptions> = {}): { source: DirectorySource; told: Told } {
  const source = new DirectorySource({ directory, poll: NO_POLL, ...options });
  const told = new Told();
  sources.push(source);
  source.start(told);
  return { source, told };
}

const both = (text: string): Payload => ({ ONE: text, OTHER: text });

describe('a mounted volume', () => {
  it('tells each of 20 updates once, and never half of one', async () => {
    const volume = new KubeletVolume(directory);
    volume.write(both('0'));
    const { told } = watching();
    await until('the first texts', () => told.texts.length === 1);

    for (let update = 1; update <= 20; update += 1) {
      volume.write(both(String(update)));
      await sleep(250);
      await until(`update ${update}`, () => told.last?.['ONE'] === String(update));
    }

    expect(told.texts).toEqual(Array.from({ length: 21 }, (_, update) => both(String(update))));
    expect(new Set(told.versions).size).toBe(21);
    expect(told.versions.at(-1)).toBe(readlinkSync(join(directory, '..data')));
    expect(told.troubles).toEqual([]);
  });

  it('is never seen torn, however often it is updated', async () => {
    const keys = 50;
    new KubeletVolume(directory).write(both('first'));
    const { told } = watching({ debounce: 0, poll: 1 });
    await until('the first texts', () => told.texts.length === 1);
    const writer = runNode(join(PROGRAMS, 'keep-writing.mjs'), { args: [directory, String(keys)] });

    // 300 of them, or what a slow disk gives in ten seconds.
    for (let look = 0; look < 500 && told.texts.length < 300; look += 1) await sleep(20);
    writer.signal('SIGKILL');
    await writer.exited;
    const seen = told.texts.slice(1).map((texts) => [Object.keys(texts).length, new Set(Object.values(texts)).size]);
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.filter(([count, generations]) => count !== keys || generations !== 1)).toEqual([]);
    // What changed in all attempts to read it is read later.
    expect(['over', 'unreachable', 'missing']).toEqual(expect.arrayContaining(told.kinds));
  });

  it('coalesces a burst of 100 updates, and the last one wins', async () => {
    const volume = new KubeletVolume(directory);
    const { told } = watching({ debounce: '200ms' });
    await until('the first texts or trouble', () => told.texts.length + told.troubles.length > 0);

    for (let update = 1; update <= 100; update += 1) {
      volume.write(both(String(update)));
      await sleep(10);
    }

    await until('the last update', () => told.last?.['ONE'] === '100');
    // One, unless the machine paused the burst for longer than the debounce.
    expect(told.texts.length).toBeLessThan(20);
  });

  it('reads files that never rest after the time of a poll', async () => {
    const volume = new KubeletVolume(directory);
    const { told } = watching({ debounce: '10s', poll: '100ms' });

    for (let update = 1; told.texts.length < 3 && update < 2000; update += 1) {
      volume.write(both(String(update)));
      await sleep(5);
    }

    expect(told.texts.length).toBe(3);
  });

  it('tells what an update during the debounce left', async () => {
    const volume = new KubeletVolume(directory);
    volume.write(both('old'));
    const { told } = watching({ debounce: '300ms' });
    await until('the first texts', () => told.texts.length === 1);

    volume.write(both('passing'));
    await sleep(20);
    volume.write({ ONE: 'new' });

    await until('the update', () => told.texts.length > 1);
    expect(told.texts).toEqual([both('old'), { ONE: 'new' }]);
  });

  it('does not tell a generation with the same texts', async () => {
    const volume = new KubeletVolume(directory);
    volume.write({ KEY: 'value' });
    const { told } = watching();
    await until('the first texts', () => told.texts.length === 1);

    volume.write({ KEY: 'value\n' });
    await sleep(150);
    volume.write({ KEY: 'other' });

    await until('the update', () => told.texts.length > 1);
    expect(told.texts).toEqual([{ KEY: 'value' }, { KEY: 'other' }]);
  });

  it('takes hostile keys as names, and a value of 1 MB', async () => {
    const volume = new KubeletVolume(directory);
    const hostile = JSON.parse(
      '{"__proto__": "{\\"polluted\\": 1}", "constructor": "x", "-": "", "a.b": "y"}',
    ) as Payload;
    const large = 'é'.repeat(500_000);
    volume.write({ ...hostile, LARGE: '' });
    const { told } = watching();
    await until('the first texts', () => told.texts.length === 1);

    volume.write({ ...hostile, LARGE: large });
    await until('the large value', () => told.last?.['LARGE'] === large);

    expect(new Map(Object.entries(told.texts[0] ?? {}))).toEqual(new Map(Object.entries({ ...hostile, LARGE: '' })));
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('keeps the heap flat over 1000 updates, and leaves no watch behind', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const watchesBefore = inotifyWatches();
    const volume = new KubeletVolume(directory);
    const latest = { update: 0, told: -1 };
    const source = new DirectorySource({ directory, debounce: 1, poll: 20 });
    sources.push(source);
    source.start({ onTexts: ({ texts }) => (latest.told = Number(texts['COUNT'])), onTrouble: () => undefined });
    const updateTo = async (count: number): Promise<number> => {
      while (latest.update < count) {
        latest.update += 1;
        volume.write({ COUNT: String(latest.update), LARGE: `${latest.update}`.padEnd(100_000, 'x') });
        await waitUntil(() => latest.told === latest.update, { what: `update ${latest.update}`, interval: 1 });
      }
      collect();
      return process.memoryUsage().heapUsed;
    };

    const early = await updateTo(100);
    const late = await updateTo(1000);

    // 900 updates of 100 kB: every one of them that is kept would show.
    expect(late - early).toBeLessThan(10_000_000);
    expect(inotifyWatches()).toBe(watchesBefore + 1);
    await source.stop();
    expect(inotifyWatches()).toBe(watchesBefore);
  }, 90_000);
});

describe('a watched directory in trouble', () => {
  it('is missing at first, is deleted and made again, and keeps its texts meanwhile', async () => {
    const { told } = watching({ poll: SOON });
    await until('the first trouble', () => told.trouble?.kind === 'missing');
    expect(told.texts).toEqual([]);

    new KubeletVolume(directory).write(both('first'));
    await until('the first texts', () => told.texts.length === 1);

    for (const text of ['second', 'third']) {
      rmSync(directory, { recursive: true });
      await until('the trouble', () => told.trouble !== undefined);
      new KubeletVolume(directory).write(both(text));
      await until('the new texts', () => told.last?.['ONE'] === text && told.trouble === undefined);
    }

    expect(told.texts).toEqual([both('first'), both('second'), both('third')]);
    // Half removed it may be unreadable in more than one way; none of them lasts.
    expect(told.kinds.slice(0, 2)).toEqual(['missing', 'over']);
    expect(told.kinds.at(-1)).toBe('over');
  });

  it('is watched on when it was removed and made again between two looks', async () => {
    new KubeletVolume(directory).write(both('first'));
    const { told } = watching({ debounce: '100ms' });
    await until('the first texts', () => told.texts.length === 1);

    rmSync(directory, { recursive: true });
    const volume = new KubeletVolume(directory);
    volume.write(both('second'));
    await until('the second texts', () => told.last?.['ONE'] === 'second');
    volume.write(both('third'));
    await until('the third texts, without a poll', () => told.last?.['ONE'] === 'third');

    expect(told.texts).toEqual([both('first'), both('second'), both('third')]);
  });

  it('is read by the poll when the watch went with the directory that was there before', async () => {
    const parent = join(folder, 'parent');
    directory = join(parent, 'config');
    new KubeletVolume(directory).write(both('old'));
    new KubeletVolume(join(folder, 'other', 'config')).write(both('new'));
    const { told } = watching({ poll: SOON });
    await until('the first texts', () => told.texts.length === 1);

    // The watched directory itself only moves along: no event.
    renameSync(parent, join(folder, 'old'));
    renameSync(join(folder, 'other'), parent);
    await until('the new texts', () => told.last?.['ONE'] === 'new');
    new KubeletVolume(directory).write(both('newer'));
    await until('an update of the new directory', () => told.last?.['ONE'] === 'newer');

    expect(told.texts).toEqual([both('old'), both('new'), both('newer')]);
  });

  it('keeps its texts while ..data leads nowhere or is gone', async () => {
    const volume = new KubeletVolume(directory);
    volume.write(both('kept'));
    const { told } = watching();
    await until('the first texts', () => told.texts.length === 1);
    const generation = readlinkSync(join(directory, '..data'));

    rmSync(join(directory, '..data'));
    await until('the trouble', () => told.trouble?.detail === `${directory}/..data does not exist any more`);
    symlinkSync('..nowhere', join(directory, '..data'));
    await until('the other trouble', () => told.trouble?.detail === `${directory}/..nowhere does not exist`);
    rmSync(join(directory, '..data'));
    symlinkSync(generation, join(directory, '..data'));
    await until('its end', () => told.trouble === undefined);

    expect(told.kinds).toEqual(['missing', 'missing', 'over']);
    expect(told.texts).toEqual([both('kept')]);
  });

  it('keeps its texts while a file is no text, and shows nothing of it', async () => {
    mkdirSync(directory);
    writeFileSync(join(directory, 'KEY'), 'good');
    const { told } = watching();
    await until('the first texts', () => told.texts.length === 1);

    writeFileSync(join(directory, 'KEY'), Buffer.from('sk_live\xff', 'latin1'));
    await until('the trouble', () => told.trouble !== undefined);
    expect(told.trouble).toEqual({ kind: 'invalid', detail: `${directory}/KEY is not UTF-8 text` });
    writeFileSync(join(directory, 'KEY'), 'better');
    await until('the end', () => told.last?.['KEY'] === 'better');

    expect(told.kinds).toEqual(['invalid', 'over']);
    expect(told.texts).toEqual([{ KEY: 'good' }, { KEY: 'better' }]);
  });

  describe('for a user whom permissions bind', () => {
    const become = (user: number) => () => void (runsAsRoot && process.seteuid?.(user));
    beforeEach(become(65_534));
    afterEach(become(0));

    it('loses the permission, and gets it back', async () => {
      const volume = new KubeletVolume(directory);
      volume.write(both('first'));
      const { told } = watching({ poll: SOON });
      await until('the first texts', () => told.texts.length === 1);

      chmodSync(directory, 0);
      await until('the trouble', () => told.trouble !== undefined);
      expect(told.trouble?.kind).toBe('forbidden');
      chmodSync(directory, 0o755);
      await until('its end', () => told.trouble === undefined);
      volume.write(both('second'));
      await until('an update', () => told.last?.['ONE'] === 'second');

      expect(told.texts).toEqual([both('first'), both('second')]);
    });

    it('may read but not watch, is told once in the log, and read by the poll', async () => {
      const volume = new KubeletVolume(directory);
      volume.write(both('first'));
      // Enough to go through it, which is all that reading behind ..data needs.
      chmodSync(directory, 0o311);
      const warnings: unknown[] = [];
      const warn = (message: unknown) => void warnings.push(message);
      Logger.overrideLogger({ log: warn, warn, error: warn });
      try {
        const { told } = watching({ poll: SOON });
        await until('the first texts', () => told.texts.length === 1);

        chmodSync(directory, 0o755);
        volume.write(both('second'));
        chmodSync(directory, 0o311);
        await until('an update', () => told.last?.['ONE'] === 'second');
        await sleep(150);

        expect(told.troubles).toEqual([]);
        expect(warnings).toEqual([`Cannot watch ${directory} (EACCES): it is read every 50 ms instead`]);
      } finally {
        Logger.overrideLogger(true);
      }
    });
  });
});

describe('a directory that is no volume', () => {
  it('is told as static where a volume is expected, once, until it changes after all', async () => {
    mkdirSync(directory);
    writeFileSync(join(directory, 'KEY'), 'one');
    const { told } = watching({ poll: SOON, expectAtomic: true });
    await until('the texts', () => told.texts.length === 1);
    await sleep(200);
    const detail = `${directory} has no ..data: a subPath mount never changes while the pod runs`;
    expect(told.troubles).toEqual([{ kind: 'static', detail }]);

    writeFileSync(join(directory, 'KEY'), 'two');
    await until('the change', () => told.last?.['KEY'] === 'two');
    expect(told.kinds).toEqual(['static', 'over']);
  });

  it('tells files that come, change and go, and steps over a socket', async () => {
    mkdirSync(directory);
    const { told } = watching();
    await until('the first texts', () => told.texts.length === 1);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(directory, 'SOCKET'), resolve));

    try {
      writeFileSync(join(directory, 'KEY'), 'one');
      await until('the file', () => told.last?.['KEY'] === 'one');
      writeFileSync(join(directory, '.KEY'), 'two');
      renameSync(join(directory, '.KEY'), join(directory, 'KEY'));
      await until('its change', () => told.last?.['KEY'] === 'two');
      rmSync(join(directory, 'KEY'));
      await until('its end', () => Object.keys(told.last ?? {}).length === 0);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(told.texts).toEqual([{}, { KEY: 'one' }, { KEY: 'two' }, {}]);
    expect(told.troubles).toEqual([]);
  });
});

describe('the end of watching', () => {
  it('leaves no watch, and tells nothing more', async () => {
    const volume = new KubeletVolume(directory);
    volume.write(both('first'));
    const watches = inotifyWatches();
    const { source, told } = watching({ poll: SOON });
    await until('the first texts', () => told.texts.length === 1);
    expect(inotifyWatches()).toBe(watches + 1);

    volume.write(both('second'));
    await source.stop();

    expect(inotifyWatches()).toBe(watches);
    await sleep(200);
    expect(told.texts).toEqual([both('first')]);
  });

  it('leaves nothing open, and is no condition for the end of the process', async () => {
    new KubeletVolume(directory).write(both('text'));
    const child = runNode(join(PROGRAMS, 'watch-and-end.mjs'), { args: [directory] });

    expect(await child.waitForLog('texts')).toEqual({ msg: 'texts', texts: both('text') });
    const { before, after } = await child.waitForLog('stopped');
    expect(after).toEqual(before);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.logs.filter(({ msg }) => msg === 'texts').length).toBe(2);
  });
});
