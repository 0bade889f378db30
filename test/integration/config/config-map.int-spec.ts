import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { waitUntil } from '../../support/wait-until.js';
import { noServer as reason } from './kube-server.js';
import { fakeWorld, realWorld } from './kube-worlds.js';
import { watching } from './watching.js';

/** The server sorts the names, by bytes. */
const inOrder = (entries: [string, string][] | undefined) =>
  entries?.toSorted(([one], [other]) => (one < other ? -1 : 1));

/** What must hold against any API server: the same tests for the fake one and for a real one. */
function contract(openWorld: typeof fakeWorld): void {
  it('tells the texts at first, and each change of them', async () => {
    await using world = await openWorld();
    await world.put({ data: { LEVEL: 'info', SIZE: '20' } });
    await using watch = watching(world.access);
    const { heard } = watch;
    await heard.untilText('LEVEL', 'info');
    await world.put({ data: { LEVEL: 'debug' } });
    await heard.untilText('LEVEL', 'debug');

    expect(heard.texts.map(({ texts }) => ({ ...texts }))).toEqual([{ LEVEL: 'info', SIZE: '20' }, { LEVEL: 'debug' }]);
    expect(new Set(heard.texts.map(({ version }) => version)).size).toBe(2);
    expect(heard.troubles).toEqual([]);
  });

  it('sees 50 of 50 updates, in order', async () => {
    await using world = await openWorld();
    await world.put({ data: { AT: '0' } });
    await using watch = watching(world.access);
    await watch.heard.untilFine();
    for (let at = 1; at <= 50; at += 1) await world.put({ data: { AT: String(at) } });
    await watch.heard.untilText('AT', '50');

    expect(watch.heard.texts.map(({ texts }) => texts['AT'])).toEqual(
      Array.from({ length: 51 }, (_, at) => String(at)),
    );
  });

  it('ends a burst of 100 updates with the last value', async () => {
    await using world = await openWorld();
    await world.put({ data: { AT: '0' } });
    await using watch = watching(world.access);
    await watch.heard.untilFine();
    const updates = Array.from({ length: 99 }, (_, at) => world.put({ data: { AT: String(at + 1) } }));
    await Promise.all(updates);
    await world.put({ data: { AT: 'last' } });

    await watch.heard.untilText('AT', 'last');
    expect(watch.heard.troubles).toEqual([]);
  });

  it('tells nothing of a change that leaves the data alone', async () => {
    await using world = await openWorld();
    await world.put({ data: { LEVEL: 'info' } });
    await using watch = watching(world.access);
    await watch.heard.untilFine();
    await world.annotate({ touched: 'today' });
    await world.put({ data: { LEVEL: 'info' } });
    await world.put({ data: { LEVEL: 'warn' } });
    await watch.heard.untilText('LEVEL', 'warn');

    expect(watch.heard.texts).toHaveLength(2);
  });

  it('is in trouble while the ConfigMap is not there, and begins when it comes', async () => {
    await using world = await openWorld();
    await using watch = watching(world.access);
    const detail = await watch.heard.untilTrouble('missing');
    await world.put({ data: { LEVEL: 'info' } });
    await watch.heard.untilFine();

    expect(detail).toContain(world.access.configMap);
    expect(watch.heard.troubles).toEqual([{ kind: 'missing', detail }, undefined]);
  });

  it('keeps what it told when the ConfigMap is deleted, and takes up one that is made anew', async () => {
    await using world = await openWorld();
    await world.put({ data: { LEVEL: 'info' } });
    await using watch = watching(world.access);
    await watch.heard.untilFine();
    await world.remove();
    await watch.heard.untilTrouble('missing');
    expect(watch.heard.texts).toHaveLength(1);

    await world.put({ data: { LEVEL: 'info' } });
    await watch.heard.untilFine();
    expect(watch.heard.texts).toHaveLength(1);

    await world.remove();
    await waitUntil(() => watch.heard.trouble?.kind === 'missing', { what: 'the second end' });
    await world.put({ data: { LEVEL: 'other' } });
    await watch.heard.untilText('LEVEL', 'other');
    await watch.heard.untilFine();
  });

  it('takes names of Object.prototype for names', async () => {
    await using world = await openWorld();
    const data = JSON.parse('{"__proto__":"p","constructor":"c","toString":"t","polluted":"x"}') as Record<
      string,
      string
    >;
    await world.put({ data });
    await using watch = watching(world.access);
    await watch.heard.untilText('polluted', 'x');

    const { texts = {} } = watch.heard.texts[0] ?? {};
    expect(inOrder(watch.heard.entries)).toEqual(inOrder(Object.entries(data)));
    expect(Object.getPrototypeOf(texts)).toBeNull();
    expect(Object.isFrozen(texts)).toBe(true);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it('takes a value of a million bytes', async () => {
    await using world = await openWorld();
    const value = '0123456789'.repeat(100_000);
    await world.put({ data: { LARGE: 'small' } });
    await using watch = watching(world.access);
    await watch.heard.untilFine();
    await world.put({ data: { LARGE: value } });

    await waitUntil(() => watch.heard.text('LARGE') === value, { what: 'the large value' });
    expect(watch.heard.troubles).toEqual([]);
  });

  it('has no texts where there is no data, and ignores binary data', async () => {
    await using world = await openWorld();
    await world.put({});
    await using watch = watching(world.access);
    await watch.heard.untilFine();
    expect(watch.heard.entries).toEqual([]);

    await world.put({ data: { LEVEL: 'info' }, binaryData: { LOGO: 'AAECAw==' } });
    await watch.heard.untilText('LEVEL', 'info');
    expect(watch.heard.entries).toEqual([['LEVEL', 'info']]);
  });

  it('goes on when the server ends the watch because its time is over', async () => {
    await using world = await openWorld();
    await world.put({ data: { AT: '0' } });
    await using watch = watching({ ...world.access, watchTimeout: '1s' });
    await watch.heard.untilFine();
    const until = performance.now() + 3500;
    for (let at = 1; performance.now() < until; at += 1) {
      await world.put({ data: { AT: String(at) } });
      await watch.heard.untilText('AT', String(at));
    }

    expect(watch.heard.troubles).toEqual([]);
  });

  it('tells nothing after stop', async () => {
    await using world = await openWorld();
    await world.put({ data: { LEVEL: 'info' } });
    await using watch = watching(world.access);
    await using witness = watching(world.access);
    await watch.heard.untilFine();
    await witness.heard.untilFine();
    await watch.source.stop();
    await world.put({ data: { LEVEL: 'late' } });
    await witness.heard.untilText('LEVEL', 'late');

    expect(watch.heard.texts).toHaveLength(1);
    expect(watch.heard.troubles).toEqual([]);
  });

  it('tells the reason when the token is not taken', async () => {
    await using world = await openWorld();
    const folder = await mkdtemp(join(tmpdir(), 'wrong-token-'));
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'not-a-token');
    await using watch = watching({ ...world.access, tokenFile });

    expect(await watch.heard.untilTrouble('unauthorized')).toMatch(/: the server answered 401 Unauthorized/);
    await rm(folder, { recursive: true });
  });

  it('takes the new token from its file when the old one is not taken any more', async () => {
    await using world = await openWorld();
    await world.put({ data: { LEVEL: 'first' } });
    await using watch = watching({ ...world.access, watchTimeout: '1s' });
    await watch.heard.untilFine();
    const token = await world.rotate();
    await watch.heard.untilTrouble('unauthorized');
    await world.put({ data: { LEVEL: 'second' } });
    await writeFile(world.access.tokenFile, token);
    await watch.heard.untilText('LEVEL', 'second');
    await watch.heard.untilFine();

    expect(JSON.stringify(watch.heard.troubles)).not.toContain(token);
  });

  it('is in trouble while it has not the Role, and begins when it gets it', async () => {
    await using world = await openWorld();
    await world.put({ data: { LEVEL: 'first' } });
    await world.forbid();
    await using watch = watching({ ...world.access, watchTimeout: '1s' });
    await watch.heard.untilTrouble('forbidden', /a Role must allow get, list and watch/);
    expect(watch.heard.texts).toEqual([]);

    await world.allow();
    await watch.heard.untilText('LEVEL', 'first');
    await watch.heard.untilFine();

    await world.forbid();
    await waitUntil(() => watch.heard.trouble?.kind === 'forbidden', { what: 'the end of the watch' });
    await world.put({ data: { LEVEL: 'second' } });
    await world.allow();
    await watch.heard.untilText('LEVEL', 'second');
    await watch.heard.untilFine();
  });

  it.each([{ configMap: 'other' }, { namespace: 'kube-public' }])(
    'may not read %j, as that is not of its Role',
    async (other) => {
      await using world = await openWorld();
      await world.put({ data: { LEVEL: 'info' } });
      await using watch = watching({ ...world.access, ...other });
      await watch.heard.untilTrouble('forbidden');
      expect(watch.heard.texts).toEqual([]);
    },
  );

  it('takes a ConfigMap that is immutable, and the one that takes its place', async () => {
    await using world = await openWorld();
    await world.put({ data: { LEVEL: 'first', EMPTY: '' }, immutable: true });
    await using watch = watching(world.access);
    await watch.heard.untilFine();
    expect(inOrder(watch.heard.entries)).toEqual([
      ['EMPTY', ''],
      ['LEVEL', 'first'],
    ]);

    await expect(world.put({ data: { LEVEL: 'second' }, immutable: true })).rejects.toThrow('field is immutable');
    await world.remove();
    await watch.heard.untilTrouble('missing');
    await world.put({ data: { LEVEL: 'second' }, immutable: true });
    await watch.heard.untilText('LEVEL', 'second');
    await watch.heard.untilFine();
  });

  it('gives back any names and values', async () => {
    await using world = await openWorld();
    await world.put({ data: {} });
    await using watch = watching(world.access);
    const { heard } = watch;
    await heard.untilFine();
    const name = fc.stringMatching(/^[-._a-zA-Z0-9]{1,40}$/).filter((text) => !text.startsWith('.'));
    const data = fc.dictionary(
      fc.oneof(name, fc.constantFrom('__proto__', 'constructor')),
      fc.string({ unit: 'binary' }),
      {
        noNullPrototype: true,
      },
    );
    await fc.assert(
      fc.asyncProperty(data, async (given) => {
        await world.put({ data: given });
        const wanted = JSON.stringify(inOrder(Object.entries(given)));
        const isTold = () => JSON.stringify(inOrder(heard.entries)) === wanted;
        await waitUntil(isTold, { what: `texts ${wanted}`, interval: 1 });
      }),
      { numRuns: 50 },
    );
    expect(heard.troubles).toEqual([]);
  });
}

describe('ConfigMapSource and a fake API server', () => {
  contract(fakeWorld);
});

(reason ? describe.skip : describe)(`ConfigMapSource and a real server${reason ? `, left out: ${reason}` : ''}`, () => {
  contract(realWorld);
});
