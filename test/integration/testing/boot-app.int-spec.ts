import 'reflect-metadata';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { Counter, register } from 'prom-client';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EggyCoreModule, Initializer, Launcher } from '@eggybyte/core';
import { bootApp } from '@eggybyte/testing';
import { freePort } from '../../support/free-port.js';
import { runNode } from '../../support/run-node.js';
import { isListening } from '../lifecycle/listening.js';
import { Consumer, Sales, SearchHealth, ShopModule } from './shop.js';

const ADAPTERS = ['fastify', 'express'] as const;
afterEach(() => register.clear());

describe('app.metric()', () => {
  it('tells counters, gauges and how often a histogram was fed', async () => {
    await using app = await bootApp(ShopModule);
    expect(await app.metric('shop_sold_total')).toBeUndefined();
    await app.request('POST', '/sales');
    await app.request('POST', '/sales');
    expect(await app.metric('shop_sold_total', { channel: 'web', country: 'de' })).toBe(2);
    expect(await app.metric('shop_sold_total', { channel: 'shop' })).toBeUndefined();
    expect(await app.metric('shop_basket_size')).toBe(2);
    expect(await app.metric('shop_stock', { shelf: 'b' })).toBe(5);
    expect(await app.metric('shop_nothing')).toBeUndefined();
    expect(await app.metric('eggy_app_state', { state: 'ready' })).toBe(1);
    const created = { http_route: '/sales', http_response_status_code: 201 };
    expect(await app.metric('http_server_request_duration_seconds', created)).toBe(2);
  });

  it('sums up what counts, over all series that the labels leave open', async () => {
    await using app = await bootApp(ShopModule);
    const { sold } = app.get(Sales);
    sold.inc({ channel: 'web', country: 'de' }, 2);
    sold.inc({ channel: 'web', country: 'fr' }, 3);
    sold.inc({ channel: 'shop', country: 'fr' }, 4);
    const of = (labels?: Record<string, string>) => app.metric('shop_sold_total', labels);
    expect([await of(), await of({ channel: 'web' }), await of({ country: 'fr' })]).toEqual([9, 5, 7]);
  });

  it('refuses to make one value of several gauges', async () => {
    await using app = await bootApp(ShopModule);
    await expect(app.metric('shop_stock')).rejects.toMatchObject({
      code: 'EGGY_TESTING_METRIC',
      message: expect.stringMatching(/2 series of the gauge `shop_stock` match .*"shelf":"a".*"shelf":"b"/),
    });
  });

  it("tells prom-client's global ones too, the application's own first", async () => {
    new Counter({ name: 'users_total', help: 'Users' }).inc(7);
    new Counter({ name: 'shop_sold_total', help: 'Not ours' }).inc(7);
    await using app = await bootApp(ShopModule);
    await app.request('POST', '/sales');
    expect([await app.metric('users_total'), await app.metric('shop_sold_total')]).toEqual([7, 1]);
  });
});

describe('app.health()', () => {
  it('lets a check fail, work and tell the truth again, at once on every probe', async () => {
    await using app = await bootApp(ShopModule);
    const statuses = async () => [(await app.probe('/readyz')).status, (await app.probe('/healthz')).status];
    const search = app.health('search');
    expect(await statuses()).toEqual([200, 200]);
    await search.fail();
    expect(await statuses()).toEqual([503, 503]);
    expect((await app.probe('/livez')).status).toBe(200);
    await search.succeed();
    expect(await statuses()).toEqual([200, 200]);
    await search.fail(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
    expect((await app.probe('/readyz')).body).toContain('[-]search failed: refused');
    const { asked } = app.get(SearchHealth);
    expect(asked).toBe(1);
    await search.restore();
    expect(await statuses()).toEqual([200, 200]);
    expect(app.get(SearchHealth).asked).toBe(2);
    expect(await app.metric('eggy_health_check_failures_total', { check: 'search' })).toBe(4);
  });

  it('degrades the service when the check is not critical, and the reason is in the log alone', async () => {
    await using app = await bootApp(ShopModule);
    await app.health('mails').fail('no more stamps');
    expect(await app.probe('/healthz')).toMatchObject({ status: 200, body: 'degraded' });
    expect((await app.probe('/healthz?verbose')).body).not.toContain('stamps');
    await app.waitForLog({ msg: 'health check mails is down: no more stamps', level: 'warn' });
  });

  it('names the checks that there are when asked for another', async () => {
    await using app = await bootApp(ShopModule);
    expect(() => app.health('serach')).toThrow(/one of search, mails, got `serach`/);
  });
});

describe.each(ADAPTERS)('app.drain() on %s', (adapter) => {
  it('makes it unready and tells every client to go, while it still serves', async () => {
    await using app = await bootApp(ShopModule, { adapter });
    expect((await app.request('POST', '/sales')).headers['connection']).not.toBe('close');
    await app.drain();
    expect(app.get(Launcher).state).toBe('draining');
    expect(app.get(Consumer).draining).toBe(true);
    expect((await app.probe('/readyz')).status).toBe(503);
    expect((await app.probe('/livez')).status).toBe(200);
    for (let turn = 0; turn < 3; turn++) {
      await sleep(20);
      expect(await app.request('POST', '/sales')).toMatchObject({ status: 201, headers: { connection: 'close' } });
    }
    await app.drain();
    expect(await app.stop()).toBe(0);
    expect(app.get(Launcher).state).toBe('stopped');
  });
});

describe('app.drain()', () => {
  it('drains a worker', async () => {
    await using app = await bootApp(ShopModule, { http: false });
    await app.drain();
    expect([app.get(Consumer).draining, (await app.probe('/readyz')).status]).toEqual([true, 503]);
    expect(await app.stop()).toBe(0);
  });

  it('does nothing after the stop', async () => {
    const app = await bootApp(ShopModule);
    expect(await app.stop()).toBe(0);
    await app.drain();
    expect(await app.stop()).toBe(0);
  });

  it('keeps the exit code that the stop deserves', async () => {
    await using app = await bootApp(ShopModule);
    app.get(Launcher).recordFailure(new Error('something'));
    await app.drain();
    expect(await app.stop()).toBe(1);
  });
});

describe('app.waitForLog()', () => {
  it('finds a record that was there, and one that comes', async () => {
    await using app = await bootApp(ShopModule);
    expect(await app.waitForLog('ready')).toMatchObject({ url: app.url });
    const later = app.waitForLog(({ msg }) => String(msg).startsWith('health check search is down'));
    await app.health('search').fail();
    expect(await later).toMatchObject({ level: 'error', check: 'search' });
  });

  it('tells what did not come, in time or before the end', async () => {
    const app = await bootApp(ShopModule);
    await expect(app.waitForLog('never', 20)).rejects.toMatchObject({
      code: 'EGGY_TESTING_LOG',
      message: expect.stringMatching(/'never'.*20 ms/),
    });
    const [atTheEnd] = await Promise.allSettled([app.waitForLog({ msg: 'never' }, 60_000), app.stop()]);
    expect(atTheEnd).toMatchObject({ reason: { message: expect.stringContaining('the application has stopped') } });
    expect(await app.waitForLog('stopped')).toMatchObject({ code: 0 });
  });
});

describe('app.request()', () => {
  it('follows no redirect', async () => {
    await using app = await bootApp(ShopModule);
    expect(await app.request('GET', '/moved')).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
  });

  it('rejects once the application has stopped', async () => {
    const app = await bootApp(ShopModule);
    await app.stop();
    await expect(app.request('GET', '/moved')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('bootApp()', () => {
  it('throws the very error that failed the start, and has released everything', async () => {
    const reason = new Error('no index');
    let monitoring = '';
    @Initializer()
    class Index {
      constructor(private readonly launcher: Launcher) {}

      async init(): Promise<void> {
        monitoring = this.launcher.state;
        throw reason;
      }
    }
    @Module({ imports: [EggyCoreModule.forRoot({ database: false })], providers: [Index] })
    class FailingModule {}
    const ports = { PORT: String(await freePort()), METRICS_PORT: String(await freePort()) };
    await expect(bootApp(FailingModule, { env: ports })).rejects.toMatchObject({
      code: 'EGGY_LIFECYCLE_INITIALIZER',
      cause: reason,
    });
    expect(monitoring).toBe('starting');
    expect(await Promise.all(Object.values(ports).map((port) => isListening(Number(port))))).toEqual([false, false]);
    await expect(bootApp(FailingModule, { env: { PORT: '80abc' } })).rejects.toMatchObject({
      code: 'EGGY_CONFIG_INVALID',
    });
    const override = () => {
      throw reason;
    };
    await expect(bootApp(FailingModule, { override })).rejects.toBe(reason);
  });

  it('boots two at the same time that share nothing', async () => {
    await using one = await bootApp(ShopModule, { env: { SERVICE_NAME: 'one' } });
    await using two = await bootApp(ShopModule, { env: { SERVICE_NAME: 'two' } });
    const [three, four] = await Promise.all([bootApp(ShopModule), bootApp(ShopModule, { adapter: 'express' })]);
    await one.request('POST', '/sales');
    await two.health('search').fail();
    expect([await one.metric('shop_sold_total'), await two.metric('shop_sold_total')]).toEqual([1, undefined]);
    const ready = await Promise.all([one, two, three, four].map(async (app) => (await app.probe('/readyz')).status));
    expect(ready).toEqual([200, 503, 200, 200]);
    await one.drain();
    expect(await one.stop()).toBe(0);
    expect((await two.request('POST', '/sales')).status).toBe(201);
    expect(await Promise.all([three.stop(), four.stop()])).toEqual([0, 0]);
    expect(one.logs.at(-1)).toMatchObject({ msg: 'stopped', service: 'one' });
  });

  it.each(ADAPTERS)(
    'leaves no timer, socket or listener behind, on %s, so that its process ends by itself',
    async (adapter) => {
      const program = runNode(join(import.meta.dirname, 'programs/left-behind.mjs'), { args: [adapter] });
      const { open, before, after } = await program.waitForLog('done');
      expect(open).toEqual([]);
      expect(after).toEqual(before);
      expect(await program.exited).toEqual({ code: 0, signal: null });
      expect(program.stderr).toBe('');
    },
  );

  it('gives its ports back', async () => {
    const app = await bootApp(ShopModule);
    const ports = [app.url, app.monitoringUrl].map((url) => Number(new URL(url).port));
    expect(await Promise.all(ports.map(isListening))).toEqual([true, true]);
    await app.stop();
    expect(await Promise.all(ports.map(isListening))).toEqual([false, false]);
  });
});
