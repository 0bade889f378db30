import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Duration, EggyError } from '@eggybyte/errors';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DirectorySource } from './directory-source.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'eggy-source-'));
  writeFileSync(join(directory, 'PORT'), '8080\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Keeps in order what a source tells; `first` resolves with it. */
function listening(then: () => void = () => undefined) {
  const events: unknown[] = [];
  const { promise: first, resolve } = Promise.withResolvers<unknown>();
  const tell = (event: unknown): void => {
    events.push(event);
    then();
    resolve(event);
  };
  return {
    events,
    first,
    onTexts: ({ texts }: { texts: object }) => tell({ ...texts }),
    onTrouble: (trouble: object | undefined) => tell(trouble),
  };
}

describe(DirectorySource, () => {
  it('tells the texts, after start has returned', async () => {
    const source = new DirectorySource({ directory });
    const listener = listening();

    source.start(listener);

    expect(listener.events).toEqual([]);
    expect(await listener.first).toEqual({ PORT: '8080' });
    await source.stop();
  });

  it('begins to watch once', async () => {
    const source = new DirectorySource({ directory });
    const [one, other] = [listening(), listening()];
    source.start(one);
    source.start(other);

    await one.first;
    await source.stop();
    source.start(other);
    await sleep(5);
    expect([one.events.length, other.events.length]).toEqual([1, 0]);
  });

  it('tells nothing once it is stopped, even by its listener', async () => {
    const early = new DirectorySource({ directory });
    const unheard = listening();
    early.start(unheard);
    await early.stop();

    const source = new DirectorySource({ directory, expectAtomic: true, poll: 1 });
    const heard = listening(() => void source.stop());
    source.start(heard);
    await heard.first;
    await sleep(5);

    expect(unheard.events).toEqual([]);
    expect(heard.events).toEqual([expect.objectContaining({ kind: 'static' })]);
  });

  it('stops without having been started, and twice', async () => {
    const source = new DirectorySource({ directory });
    await source.stop();
    await expect(source.stop()).resolves.toBeUndefined();
  });

  it.each([
    [{ directory: '' }, 'Expected `directory` to be the path of a directory, got ``'],
    [{ poll: 0 }, 'Expected `poll` to be a duration from 1ms to 24d, got `0`'],
    [{ poll: '25d' as Duration }, 'Expected `poll` to be a duration from 1ms to 24d, got `25d`'],
    [{ debounce: -1 }, 'Expected `debounce` to be a duration such as'],
    [{ debounce: '25d' as Duration }, 'Expected `debounce` to be a duration from 0ms to 24d, got `25d`'],
  ])('refuses %j', (options, message) => {
    const make = () => new DirectorySource({ directory, ...options });
    expect(make).toThrow(EggyError);
    expect(make).toThrow(message);
  });
});
