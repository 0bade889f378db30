import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { FakeKubeApi } from '../../support/fake-kube-api.js';
import { waitUntil } from '../../support/wait-until.js';
import { accessTo, lists, put, settled } from './fake-access.js';
import { watching } from './watching.js';

/** Stands in values and tokens, and in nothing that is told. */
const CANARY = 'c4n4ry';

describe('ConfigMapSource', () => {
  describe('and what it asks for', () => {
    it('asks for one ConfigMap by name, in the namespace of the pod, from where it has read', async () => {
      await using world = await settled();
      const [list, watch] = world.fake.requests;

      expect(list).toMatchObject({ verb: 'list', path: '/api/v1/namespaces/shop/configmaps' });
      expect(list?.query).toEqual({ fieldSelector: 'metadata.name=app' });
      expect(list?.headers).toMatchObject({ host: 'kubernetes.default.svc', authorization: 'Bearer token-1' });
      expect(watch?.query).toMatchObject({
        fieldSelector: 'metadata.name=app',
        allowWatchBookmarks: 'true',
        resourceVersion: '2',
      });
      expect(Number(watch?.query['timeoutSeconds'])).toBeGreaterThanOrEqual(120);
      expect(Number(watch?.query['timeoutSeconds'])).toBeLessThanOrEqual(150);
    });

    it('goes on from a bookmark', async () => {
      await using world = await settled();
      world.fake.objects.compact();
      world.fake.objects.bookmark();
      put(world.fake, 'second');
      await world.heard.untilText('LEVEL', 'second');
      world.fake.endWatches();
      await waitUntil(() => world.fake.requests.length === 3, { what: 'the next watch' });

      expect(world.fake.requests[2]).toMatchObject({ verb: 'watch', query: { resourceVersion: '4' } });
    });
  });

  describe('and a server that refuses', () => {
    it.each([
      ['list', 401, 'unauthorized', /401 Unauthorized: it does not take the token/],
      ['list', 403, 'forbidden', /403 Forbidden: a Role must allow get, list and watch/],
      ['watch', 403, 'forbidden', /403 Forbidden/],
      ['list', 404, 'missing', /404 Not Found/],
      ['list', 429, 'unreachable', /429 Too Many Requests/],
      ['watch', 500, 'unreachable', /500 Internal Server Error/],
      ['list', 503, 'unreachable', /503 Service Unavailable/],
      ['list', 400, 'invalid', /400 Bad Request/],
      ['list', 204, 'invalid', /204 No Content/],
      ['list', 101, 'unreachable', /closed without an answer/],
    ] as const)(
      'tells a %s that is answered %i as `%s`, goes on trying, and recovers',
      async (verb, status, kind, detail) => {
        await using fake = await FakeKubeApi.start();
        put(fake, CANARY);
        const headers = status === 101 ? { connection: 'upgrade', upgrade: 'x' } : undefined;
        fake.refusals[verb] = { status, body: status === 204 ? '' : CANARY, ...(headers && { headers }) };
        await using watch = watching(accessTo(fake));
        expect(await watch.heard.untilTrouble(kind, detail)).toMatch(
          /^ConfigMap app at https:\/\/kubernetes\.default\.svc: /,
        );
        await waitUntil(() => lists(fake) >= 4, { what: 'more attempts' });
        expect(watch.heard.troubles).toHaveLength(1);
        fake.refusals[verb] = undefined;
        await watch.heard.untilText('LEVEL', CANARY);
        await watch.heard.untilFine();

        expect(JSON.stringify(watch.heard.troubles)).not.toContain(CANARY);
      },
    );

    it('waits for as long as Retry-After says', async () => {
      await using fake = await FakeKubeApi.start();
      put(fake, 'first');
      fake.refusals.list = { status: 429, headers: { 'retry-after': '1' } };
      await using watch = watching(accessTo(fake));
      await watch.heard.untilTrouble('unreachable', /429/);
      const began = performance.now();
      fake.refusals.list = undefined;
      await watch.heard.untilText('LEVEL', 'first');

      expect(performance.now() - began).toBeGreaterThan(900);
      expect(fake.requests.map(({ verb }) => verb).slice(0, 2)).toEqual(['list', 'list']);
    });

    it('follows no redirection, which would take the token elsewhere', async () => {
      await using fake = await FakeKubeApi.start();
      await using other = await FakeKubeApi.start();
      fake.refusals.list = { status: 302, headers: { location: `https://127.0.0.1:${other.access.port}/` } };
      await using watch = watching(accessTo(fake));
      await watch.heard.untilTrouble('invalid', /302 Found/);
      await waitUntil(() => lists(fake) >= 3, { what: 'more attempts' });

      expect(other.requests).toEqual([]);
    });
  });

  describe('and a token that is rotated', () => {
    it('keeps hearing on the open watch, and takes the new token at the next connection', async () => {
      await using world = await settled();
      world.fake.token = CANARY;
      put(world.fake, 'second');
      await world.heard.untilText('LEVEL', 'second');
      world.fake.network.reset();
      await world.heard.untilTrouble('unauthorized');
      put(world.fake, 'third');
      await writeFile(world.fake.tokenFile, CANARY);
      await world.heard.untilText('LEVEL', 'third');
      await world.heard.untilFine();

      expect(JSON.stringify(world.heard.troubles)).not.toMatch(/c4n4ry|token-1/);
    });
  });

  describe('and a version that is too old', () => {
    it.each(['event', 'status'] as const)('reads anew when 410 comes as %s, without trouble', async (gone) => {
      await using world = await settled();
      world.fake.gone = gone;
      // So that the watch was of use, and its end is taken for the usual one.
      put(world.fake, 'second');
      await world.heard.untilText('LEVEL', 'second');
      world.fake.endWatches();
      for (let at = 1; at <= 60; at += 1) put(world.fake, `missed ${at}`);
      world.fake.objects.compact();
      await world.heard.untilText('LEVEL', 'missed 60');
      await waitUntil(() => world.fake.watches === 1, { what: 'the watch' });

      expect(world.fake.requests.map(({ verb }) => verb)).toEqual(['list', 'watch', 'watch', 'list', 'watch']);
      expect(world.heard.troubles).toEqual([]);
    });

    it('tells a server that always says so, and goes on reading', async () => {
      await using fake = await FakeKubeApi.start();
      put(fake, 'first');
      fake.refusals.watch = { status: 410 };
      await using watch = watching(accessTo(fake));
      await watch.heard.untilTrouble('invalid', /410 Gone/);
      put(fake, 'second');
      await watch.heard.untilText('LEVEL', 'second');
      expect(watch.heard.trouble?.kind).toBe('invalid');
    });
  });

  describe('and a connection that fails', () => {
    it('reads anew when the watch is cut in the middle of an event', async () => {
      await using world = await settled();
      await world.fake.say(`{"type":"MODIFIED","object":{"data":{"LEVEL":"${CANARY}`);
      world.fake.network.reset();
      await world.heard.untilTrouble('unreachable');
      put(world.fake, 'second');
      await world.heard.untilText('LEVEL', 'second');
      await world.heard.untilFine();
      expect(JSON.stringify(world.heard.troubles)).not.toContain(CANARY);
    });

    it('reads anew when the watch is ended in the middle of an event', async () => {
      await using world = await settled();
      await world.fake.say('{"type":"MODI');
      world.fake.endWatches();
      await world.heard.untilTrouble('unreachable', /ended in the middle of an event/);
      await world.heard.untilFine();
      expect(lists(world.fake)).toBe(2);
    });

    it('comes back to a server that was started again on its port', async () => {
      await using world = await settled();
      await world.fake.network.cut();
      await world.heard.untilTrouble('unreachable', /ECONNREFUSED/);
      for (let at = 1; at <= 60; at += 1) put(world.fake, `missed ${at}`);
      world.fake.objects.compact();
      // A server that starts answers before it knows its Roles.
      world.fake.refusals.list = { status: 403 };
      await world.fake.network.heal();
      await world.heard.untilTrouble('forbidden');
      world.fake.refusals.list = undefined;
      await world.heard.untilText('LEVEL', 'missed 60');
      await world.heard.untilFine();
      put(world.fake, 'second');
      await world.heard.untilText('LEVEL', 'second');
      const kinds = world.heard.troubles.map((trouble) => trouble?.kind);
      expect(kinds).toEqual(['unreachable', 'unreachable', 'forbidden', undefined]);
    });

    it('notices a server that is frozen, and comes back when it goes on', async () => {
      await using world = await settled({ watchTimeout: '1s', watchGrace: '100ms', listTimeout: '200ms' });
      world.fake.network.freeze();
      await world.heard.untilTrouble('unreachable', /neither told anything nor ended the watch in time/);
      await world.heard.untilTrouble('unreachable', /no answer within 200 ms/);
      put(world.fake, 'second');
      await world.fake.network.heal();
      await world.heard.untilText('LEVEL', 'second');
      await world.heard.untilFine();
      expect(world.heard.texts).toHaveLength(2);
    });

    it('waits longer and longer where the server ends each watch at once', async () => {
      await using fake = await FakeKubeApi.start();
      fake.endsAtOnce = true;
      put(fake, 'first');
      await using watch = watching(accessTo(fake, { retryMin: '1ms', retryMax: '20s' }));
      await watch.heard.untilTrouble('unreachable', /ends the watch at once/);
      await sleep(300);

      // 1, 2, 4 ... 512 ms, down to half of it.
      expect(lists(fake)).toBeLessThan(12);
    });

    it('understands events that come byte by byte', async () => {
      await using fake = await FakeKubeApi.start();
      fake.chunkBytes = 1;
      put(fake, 'größe 🥚');
      await using watch = watching(accessTo(fake));
      await watch.heard.untilText('LEVEL', 'größe 🥚');
      put(fake, '🐣\n"\u2028\\');
      await watch.heard.untilText('LEVEL', '🐣\n"\u2028\\');
      expect(watch.heard.troubles).toEqual([]);
    });
  });

  describe('and an answer that makes no sense', () => {
    it.each([
      ['text', `${CANARY}\n`],
      ['JSON that is no object', '[]\n'],
      ['no type', '{"object":{"metadata":{"resourceVersion":"9"}}}\n'],
      ['no version', `{"type":"MODIFIED","object":{"metadata":{"name":"app"},"data":{"a":"${CANARY}"}}}\n`],
      ['no UTF-8', Buffer.from([0xc3, 0x28, 0x0a])],
      ['a line of more than 8 MiB', CANARY.repeat(1_500_000)],
      [
        'a value that is no text',
        `{"type":"MODIFIED","object":{"metadata":{"name":"app","resourceVersion":"9"},"data":{"${CANARY}":1}}}\n`,
      ],
    ])('reads anew after %s in the watch', async (_what, text) => {
      await using world = await settled();
      await world.fake.say(text);
      const detail = await world.heard.untilTrouble('invalid');
      put(world.fake, 'second');
      await world.heard.untilText('LEVEL', 'second');
      await world.heard.untilFine();

      expect(detail).not.toContain(CANARY);
    });

    it.each([
      ['no JSON', CANARY],
      ['more than 4 MiB', CANARY.repeat(700_000)],
      ['no version', '{"items":[]}'],
      ['items that are none', '{"metadata":{"resourceVersion":"9"},"items":7}'],
    ])('goes on trying after %s in the list', async (_what, body) => {
      await using fake = await FakeKubeApi.start();
      put(fake, 'first');
      fake.refusals.list = { status: 200, body };
      await using watch = watching(accessTo(fake));
      const detail = await watch.heard.untilTrouble('invalid');
      fake.refusals.list = undefined;
      await watch.heard.untilText('LEVEL', 'first');
      await watch.heard.untilFine();

      expect(detail).not.toContain(CANARY);
    });
  });
});
