import { setImmediate as turn } from 'node:timers/promises';
import { ConfigMapSource } from '@eggybyte/config';
import { describe, expect, it } from '@jest/globals';
import { collectGarbage } from '../../support/collect-garbage.js';
import { FakeKubeApi } from '../../support/fake-kube-api.js';
import { waitUntil } from '../../support/wait-until.js';
import { accessTo, put, settled } from './fake-access.js';
import { Heard, watching } from './watching.js';

describe('the end of a ConfigMapSource', () => {
  it('ends everything at any moment, and tells nothing afterwards', async () => {
    await using fake = await FakeKubeApi.start();
    put(fake, 'first');
    const before = process.getActiveResourcesInfo().toSorted();
    for (let turns = 0; turns < 60; turns += 1) {
      const heard = new Heard();
      const { source } = watching(accessTo(fake, { retryMin: '1ms', retryMax: '2ms' }), heard);
      for (let at = 0; at < turns; at += 1) await turn();
      if (turns % 3 === 0) fake.network.reset();
      const stopped = source.stop();
      const told = heard.texts.length + heard.troubles.length;
      await stopped;
      put(fake, String(turns));
      await turn();
      expect(heard.texts.length + heard.troubles.length).toBe(told);
    }
    await waitUntil(() => fake.network.connections === 0, { what: 'all connections to be closed' });

    await waitUntil(() => process.getActiveResourcesInfo().length <= before.length, {
      what: 'all handles to be closed',
    });
  });

  it.each(['freeze', 'cut'] as const)('ends an attempt to connect after %s, and the wait after it', async (fault) => {
    await using fake = await FakeKubeApi.start();
    await fake.network[fault]();
    const watch = watching(accessTo(fake, { retryMin: '1h', retryMax: '1h' }));
    if (fault === 'cut') await watch.heard.untilTrouble('unreachable');
    else await waitUntil(() => fake.network.connections === 1, { what: 'the connection' });
    await Promise.all([watch.source.stop(), watch.source.stop()]);
    // What is frozen does not hear of the end before it goes on.
    await fake.network.heal();
    await waitUntil(() => fake.network.connections === 0, { what: 'the end of the connection' });
    expect(fake.requests).toEqual([]);
    expect(watch.heard.texts).toEqual([]);
  });

  it('leaves nothing behind after 500 updates and many connections', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    await using world = await settled();
    const told: WeakRef<object>[] = [];
    world.heard.onTexts = (texts) => {
      told.push(new WeakRef(texts.texts));
      world.heard.texts.splice(0, Number.POSITIVE_INFINITY, texts);
    };
    const before = process.getActiveResourcesInfo().length;
    for (let at = 1; at <= 500; at += 1) {
      put(world.fake, `${at} ${'x'.repeat(20_000)}`);
      if (at % 25 === 0) {
        world.fake.objects.compact();
        world.fake.network.reset();
      }
      await waitUntil(() => world.heard.text('LEVEL')?.startsWith(`${at} `), { what: `update ${at}`, interval: 1 });
    }
    await world.source.stop();
    await waitUntil(() => process.getActiveResourcesInfo().length < before, { what: 'the end of its connection' });
    await collectGarbage();

    expect(told.length).toBe(500);
    expect(told.filter((each) => each.deref() !== undefined).length).toBeLessThan(10);
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  it('makes no connection where it comes before start', async () => {
    await using fake = await FakeKubeApi.start();
    const source = new ConfigMapSource(accessTo(fake));
    await source.stop();
    source.start(new Heard());
    await source.stop();
    expect(fake.requests).toEqual([]);
  });
});
