import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import axe, { type RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { screenshot } from '../support/chromium.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { startMemcached, type TestMemcached } from '../support/memcached.js';
import { waitUntil } from '../support/wait-until.js';
import { PageDriver, PATIENCE, rowsOf, section, shows } from './page-driver.js';
import { startUsers, type UsersService } from './users-service.js';

const HOSTILE = `<img src=x onerror="alert('mine')">`;
const MOST_BYTES = 150_000;

// A browser shares the machine with all that the other tests run.
jest.setTimeout(90_000);

let database: TestDatabase;
let memcached: TestMemcached;
let env: Record<string, string>;
let service: UsersService;
let load: Load;

/** Somebody who uses the service, at a pace that leaves the machine to the others. */
class Load {
  #isOver = false;
  readonly done = this.#work();

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.done;
  }

  async #work(): Promise<void> {
    for (let turn = 0; !this.#isOver; turn++) {
      for (const path of ['/users/1', '/users', '/users/1', '/nowhere']) await this.#ask('GET', path);
      await this.#ask('POST', '/users', { email: `load-${turn}@example.com`, name: 'Load' });
      await sleep(150);
    }
  }

  /** The service is gone for some time. */
  async #ask(method: string, path: string, body?: object): Promise<void> {
    await service.request(method, path, body).catch(() => undefined);
  }
}

beforeAll(async () => {
  database = await createDatabase('page');
  memcached = await startMemcached();
  env = {
    PORT: `${await freePort()}`,
    METRICS_PORT: `${await freePort()}`,
    DATABASE_DSN: database.dsn,
    CACHE_SERVERS: memcached.address,
    HEALTH_CHECK_INTERVAL: '250ms',
    SHUTDOWN_DRAIN_DELAY: '5s',
  };
  service = await startUsers(env);
  load = new Load();
});

afterAll(async () => {
  await load.stop();
  await memcached.stop();
  await database.drop();
});

const driver = new PageDriver(() => `http://127.0.0.1:${env['METRICS_PORT']}`);
const json = async (path: string): Promise<any> => (await service.json(path)).body;

describe('the page at / on its first paint', () => {
  it('says what it is about before anything has answered, and claims nothing', async () => {
    const page = await driver.blank();
    await page.route('**/events', () => undefined);
    await page.goto(service.monitoringUrl);
    await shows(page.locator('#state'), 'Connecting');
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(
      expect.arrayContaining(['At a glance', 'Checks', 'Warnings and changes']),
    );
    expect(await page.getByText('Not known yet.').count()).toBe(4);
    await screenshot(page, 'first-paint');
  });

  it('is one small file that needs nothing else, and says so to whoever has no JavaScript', async () => {
    const { text } = await service.probe('/');
    expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
    const page = await driver.blank({ javaScriptEnabled: false });
    await page.goto(service.monitoringUrl);
    await page.locator('noscript p').waitFor();
    await shows(page.locator('noscript'), 'This page needs JavaScript.');
  });
});

describe('the page at / of a running service', () => {
  it('tells which service it is and how it is', async () => {
    const page = await driver.open();
    const { application, checks } = await json('/overview');
    const header = page.getByRole('banner');
    for (const text of [application.service, application.version, application.environment, 'Ready']) {
      await shows(header, text);
    }
    await shows(header, /for \d+ (s|min)/);
    expect(await page.title()).toBe('Ready · users');
    const shown = await rowsOf(section(page, 'Checks'));
    const names = checks.map(({ name }: { name: string }) => name);
    expect(new Set(shown.map(([name]) => name?.replace(/ critical$/, '')))).toEqual(new Set(names));
    expect(shown.every(([, state]) => state === '✓ Up')).toBe(true);
    await page
      .getByRole('img', { name: /The last \d+ runs: 0 failed; the latest took/ })
      .first()
      .waitFor();
  });

  it('shows the values of now and of the last minutes in charts that are told in words as well', async () => {
    const page = await driver.open();
    const chart = (name: string) => page.getByRole('slider', { name: `${name} over time` });
    const inWords = async (name: string, words: RegExp) => {
      const told = async () => words.test((await chart(name).getAttribute('aria-valuetext')) ?? '');
      await waitUntil(told, { ...PATIENCE, what: `${words} of ${name}` });
    };
    await inWords('Requests', /^\d\d:\d\d:\d\d, requests [1-9][\d.]*\/s, errors 0\/s$/);
    await inWords('Latency', /p99 [\d.]+ ms, p50 [\d.]+ ms$/);
    await inWords('Event loop', /busy [\d.]+ %$/);
    await inWords('Memory', /RSS [\d.]+ MB, heap [\d.]+ MB$/);
    await inWords('Database connections', /in use \d+, waiting \d+$/);
    await inWords('Cache hits', /of the reads [\d.]+ %$/);
    expect(await page.locator('#cards path.line.main').first().getAttribute('d')).toMatch(/^M[\d.]+ [\d.]+(L|h)/);
    await screenshot(page, 'ready');
  });

  it('tells the requests of each route, in the order that is asked for', async () => {
    const page = await driver.open();
    const routes = section(page, 'Routes');
    const { rows } = (await json('/overview')).routes;
    await shows(routes, 'unmatched');
    const named = (await rowsOf(routes)).map(([method, route]) => `${method} ${route}`);
    expect(named.toSorted()).toEqual(rows.map((row: any) => `${row.method} ${row.route}`).toSorted());
    await routes.getByRole('button', { name: 'Route' }).click();
    const byRoute = (await rowsOf(routes)).map(([, route]) => `${route}`);
    expect(byRoute).toEqual(byRoute.toSorted((a, b) => a.localeCompare(b)));
    expect(await routes.getByRole('columnheader', { name: 'Route' }).getAttribute('aria-sort')).toBe('ascending');
  });

  it('shows how it started, what it is configured with and what it is made of', async () => {
    const page = await driver.open();
    const [startup, config, info] = [await json('/startup'), await json('/config'), await json('/info')];
    for (const step of [...startup.initializers, ...startup.services])
      await shows(section(page, 'Start-up'), step.name);
    await shows(section(page, 'Start-up'), /ready after [\d.]+ (ms|s)/);
    const configuration = section(page, 'Configuration');
    const variables = await rowsOf(configuration);
    const names = config.variables.map(({ name }: { name: string }) => name);
    expect(new Set(variables.map(([name]) => name))).toEqual(new Set(names));
    await configuration.getByLabel('Filter').fill('database_dsn');
    await shows(configuration, `1 of ${config.variables.length} variables`);
    expect(await rowsOf(configuration)).toEqual([['DATABASE_DSN', '[REDACTED]', 'environment', 'at once']]);
    await shows(section(page, 'About'), `pid${info.runtime.pid}`);
    await shows(section(page, 'About'), info.runtime.node);
  });
});

describe('the page at / of a service in trouble', () => {
  it('tells that a check has gone down and why, and that it is up again', async () => {
    const page = await driver.open();
    await shows(page.locator('#state'), 'Ready');
    memcached.pause();
    await shows(page.locator('#state'), 'Degraded');
    await shows(page.locator('#detail'), /cache is down \([a-z ]+\)$/);
    await shows(page.locator('#announcements'), /Check cache is down: [a-z ]+\./);
    await shows(section(page, 'Checks').getByRole('row', { name: /^cache/ }), /✕Down[a-z ]+/);
    await shows(section(page, 'Warnings and changes'), /Check cache went from up to down: [a-z ]+/);
    await screenshot(page, 'degraded');
    memcached.resume();
    await shows(page.locator('#state'), 'Ready');
    await shows(section(page, 'Warnings and changes'), 'Check cache went from down to up');
    await shows(page.locator('#announcements'), 'Check cache is up.');
    expect(await page.title()).toBe('Ready · users');
  });

  it('opens a record of the log, and takes what a service tells for text alone', async () => {
    const page = await driver.open();
    const levels = section(page, 'Log level');
    await levels.getByLabel('Logger').fill(HOSTILE);
    await levels.getByRole('button', { name: 'Set' }).click();
    await shows(levels, `${HOSTILE} writes at debug from now on.`);
    await levels.getByRole('rowheader', { name: HOSTILE }).waitFor();
    const record = section(page, 'Warnings and changes').getByText(`Log level of ${HOSTILE}: level debug`).first();
    await record.click();
    await shows(section(page, 'Warnings and changes').locator('details[open] dl'), `"${HOSTILE}"`.slice(1, -1));
    expect(await page.locator('img').count()).toBe(0);
    await levels.getByRole('button', { name: 'End now' }).click();
    await shows(levels, 'None: every logger writes as configured.');
  });

  it('sets a log level for a time and ends it, and tells what the service does not take', async () => {
    const page = await driver.open();
    const levels = section(page, 'Log level');
    await shows(levels, 'info as configured');
    await levels.getByLabel('For').fill('soon');
    await levels.getByRole('button', { name: 'Set' }).click();
    await shows(levels.getByRole('status'), /Expected `ttl` to be .*got `soon`/);
    expect((await json('/loggers')).level).toBe('info');
    await levels.getByLabel('For').fill('5m');
    await levels.getByLabel('Level').selectOption('trace');
    await levels.getByRole('button', { name: 'Set' }).click();
    await shows(levels.getByRole('status'), 'All loggers write at trace from now on.');
    expect(await json('/loggers')).toMatchObject({ level: 'trace', until: expect.any(String) });
    await shows(levels, /trace until [\d:]+, then info again/);
    await shows(levels.getByRole('row', { name: /^all loggers/ }), /4 min \d+ s|5 min/);
    await levels.getByRole('button', { name: 'End now: all loggers' }).click();
    await shows(levels, 'info as configured');
    expect(await json('/loggers')).toMatchObject({ level: 'info', until: null });
  });
});

/** Only what is wrong: to gather what is right takes most of the time. */
async function axeViolations(page: Page, options: RunOptions = {}): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((given) => (globalThis as unknown as { axe: typeof axe }).axe.run(given), {
    ...options,
    resultTypes: ['violations' as const],
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('the page at / for everybody', () => {
  it('has nothing for axe to report in light and dark, on a desk and on a phone, and never scrolls sideways', async () => {
    const page = await driver.open();
    await shows(section(page, 'Routes'), 'unmatched');
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 360]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        const found = await axeViolations(page);
        expect({ colorScheme, width, found }).toEqual({ colorScheme, width, found: [] });
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        await screenshot(page, `${colorScheme}-${width}`);
      }
    }
  });

  it('is used by the keyboard alone', async () => {
    const page = await driver.open();
    /** By its label or text, and its id. */
    const focused = () =>
      page.evaluate<string>(`(({ ariaLabel, textContent, id }) =>
        (ariaLabel ?? textContent).trim().slice(0, 40) + '#' + id)(document.activeElement)`);
    const walked: string[] = [];
    const tabTo = async (wanted: RegExp) => {
      for (let step = 0; step < 120; step++) {
        await page.keyboard.press('Tab');
        walked.push(await focused());
        if (wanted.test(walked.at(-1) ?? '')) return;
      }
      throw new Error(`Tab does not lead to ${wanted}: ${walked.join(' | ')}`);
    };
    await tabTo(/^Skip to content/);
    await tabTo(/#theme$/);
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light');
    await tabTo(/^Latency over time/);
    await page.keyboard.press('Home');
    expect(await page.locator('.readout:not(:empty)').textContent()).toMatch(/^\d\d:\d\d:\d\d · p99/);
    await tabTo(/^Table of checks/);
    await tabTo(/^p99/);
    await page.keyboard.press('Enter');
    expect(await page.getByRole('columnheader', { name: 'p99' }).getAttribute('aria-sort')).toBe('descending');
    for (const control of [/#level-level$/, /#level-logger$/, /#level-ttl$/, /^Set#/, /#config-filter$/]) {
      await tabTo(control);
    }
    await page.keyboard.type('PORT');
    // An update of the page takes neither the focus nor what was written.
    const at = await page.locator('#uptime').textContent();
    await waitUntil(async () => (await page.locator('#uptime').textContent()) !== at, {
      ...PATIENCE,
      what: 'an update',
    });
    expect(await focused()).toMatch(/#config-filter$/);
    expect(await page.locator('#config-filter').inputValue()).toBe('PORT');
  });
});

describe('the page at / of a service that goes away', () => {
  const isDimmed = (page: Page) => page.evaluate("document.documentElement.classList.contains('stale')");

  it('says since when nobody answers, keeps what it knows, and goes on with the next process without a reload', async () => {
    const page = await driver.open();
    await page.evaluate('globalThis.sameDocument = true');
    const pid = service.process.pid;
    await shows(section(page, 'About'), `pid${pid}`);
    service.process.signal('SIGKILL');
    await shows(page.locator('#trouble'), /^No answer since \d\d:\d\d:\d\d, trying again/);
    expect([await page.title(), await isDimmed(page)]).toEqual(['No answer · users', true]);
    expect((await rowsOf(section(page, 'Checks'))).length).toBeGreaterThan(0);
    await shows(page.locator('#announcements'), 'The service does not answer any more.');
    // What is dimmed is still read.
    expect(await axeViolations(page, { runOnly: ['color-contrast', 'region'] })).toEqual([]);
    await screenshot(page, 'disconnected');
    await service.process.exited;
    service = await startUsers(env);
    await shows(page.locator('#link'), 'Live');
    await shows(page.locator('#state'), 'Ready');
    await shows(section(page, 'About'), `pid${service.process.pid}`);
    expect([await page.locator('#trouble').isVisible(), await isDimmed(page)]).toEqual([false, false]);
    expect(await page.evaluate('globalThis.sameDocument')).toBe(true);
  });

  it('says so of a service whose socket is open and that does not answer', async () => {
    const page = await driver.open();
    service.process.signal('SIGSTOP');
    await shows(page.locator('#trouble'), 'No answer since');
    expect(await page.title()).toBe('No answer · users');
    service.process.signal('SIGCONT');
    await shows(page.locator('#link'), 'Live');
  });

  it('follows it through its drain to the end', async () => {
    const page = await driver.open();
    service.process.signal('SIGTERM');
    await shows(page.locator('#state'), 'Draining');
    await shows(section(page, 'Start-up'), 'graceful shutdown');
    await screenshot(page, 'draining');
    expect(await service.process.exited).toEqual({ code: 0, signal: null });
    await shows(page.locator('#trouble'), 'No answer since');
  });
});

describe('the page at / that was opened by a session', () => {
  it('works with it alone, and says so when it has ended', async () => {
    const token = 'correct-horse-battery-staple';
    service.process.signal('SIGKILL');
    await service.process.exited;
    const guarded = { ...env, ENVIRONMENT: 'production', SERVICE_NAME: 'users', ADMIN_TOKEN: token };
    const first = await startUsers(guarded);
    const made = await fetch(`${first.monitoringUrl}/session`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ttl: '10s' }),
    });
    const answer = (await made.json()) as { url: string };
    const page = await driver.blank();
    await page.goto(answer.url);
    await shows(page.locator('#link'), 'Live');
    await section(page, 'Log level').getByRole('button', { name: 'Set' }).click();
    await shows(section(page, 'Log level').getByRole('status'), 'All loggers write at debug from now on.');
    expect(page.url()).toBe(answer.url);
    expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')).toBe('[{},{},""]');
    await shows(page.locator('#trouble'), 'This session has ended: ask for one by POST /session with ADMIN_TOKEN');
    await screenshot(page, 'session-ended');
  });
});
