import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigEndpoint, type VariableReport } from './config-endpoint.js';
import { configClass } from './config-class.js';
import { custom } from './custom-field.js';
import { loadConfig } from './load-config.js';
import { int, port } from './number-fields.js';
import { ConfigReload } from './reload/config-reload.js';
import { reloadable } from './reloadable.js';
import { secret, text, url } from './text-fields.js';
import { duration } from './unit-fields.js';
import type { SourceListener, WatchedSource } from './watch/watched-source.js';

const CANARY = 'c4n4ry-s3cret';
const settings = z.object({ limit: z.bigint(), password: z.string(), nested: z.object({ apiKey: z.string() }) });

class AppConfig extends configClass({
  STRIPE_KEY: secret({ optional: true }),
  PAGE_SIZE: reloadable(int({ min: 1, default: 20 })),
  PORT: port({ default: 8080, aliases: ['HTTP_PORT'] }),
  PAUSE: duration({ default: '5s' }),
  SEARCH: url({ optional: true }),
  // A secret that was declared as a text by mistake.
  SESSION_TOKEN: text({ optional: true }),
  NOTE: text({ optional: true }),
  SETTINGS: custom(settings, { optional: true, expected: 'settings' }),
}) {}

let listener: SourceListener;
const source: WatchedSource = { name: 'hand', start: (told) => void (listener = told), stop: async () => undefined };

function report(env: Record<string, string>, overrides = {}) {
  const config = loadConfig(AppConfig, { env, overrides });
  const reload = new ConfigReload(config, { sources: [source] });
  reload.start();
  return new ConfigEndpoint(config, reload);
}
const row = (endpoint: ConfigEndpoint, name: string): VariableReport | undefined =>
  endpoint.report().variables.find((variable) => variable.name === name);

describe(ConfigEndpoint, () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(undefined as never));

  it('tells each value and where it comes from', () => {
    const endpoint = report({ HTTP_PORT: '81', PAUSE: '2s' });
    expect(row(endpoint, 'PORT')).toEqual({
      name: 'PORT',
      value: 81,
      source: 'env',
      found_as: 'HTTP_PORT',
      reloadable: false,
      restart_required: false,
    });
    expect(row(endpoint, 'PAUSE')).toMatchObject({ value: 2000, source: 'env' });
    expect(row(endpoint, 'PAGE_SIZE')).toMatchObject({ value: 20, source: 'default', reloadable: true });
    expect(row(endpoint, 'SEARCH')).toMatchObject({ value: null, source: 'unset' });
    expect(endpoint.report()).toMatchObject({
      generation: 1,
      restart_required: [],
      watched: [{ name: 'hand', refused: false }],
      warnings: [{ kind: 'alias', name: 'HTTP_PORT' }],
    });
  });

  it('follows reloads, and tells what a restart would change', () => {
    const endpoint = report({});
    listener.onTexts({ texts: { PAGE_SIZE: '30', PORT: '81' }, version: 'v1' });
    listener.onTexts({ texts: { PAGE_SIZE: '31', PORT: '82' }, version: 'v2' });
    expect(row(endpoint, 'PAGE_SIZE')).toMatchObject({ value: 31, source: 'watched', path: 'hand' });
    expect(row(endpoint, 'PORT')).toMatchObject({ value: 8080, restart_required: true });
    expect(endpoint.report()).toMatchObject({
      generation: 3,
      restart_required: ['PORT'],
      watched: [{ name: 'hand', version: 'v2', refused: false }],
    });
  });

  it('tells what is refused, and what cannot be watched', () => {
    const endpoint = report({});
    listener.onTexts({ texts: { PAGE_SIZE: '0' }, version: 'v1' });
    listener.onTrouble({ kind: 'missing', detail: 'it is not there' });
    expect(endpoint.report().watched).toEqual([
      { name: 'hand', version: 'v1', refused: true, trouble: 'it is not there' },
    ]);
    listener.onTexts({ texts: { PAGE_SIZE: '1' }, version: 'v2' });
    listener.onTrouble(undefined);
    expect(endpoint.report().watched).toEqual([{ name: 'hand', version: 'v2', refused: false }]);
  });

  it('masks secrets, also those that the schema does not know as such', () => {
    const endpoint = report(
      {
        STRIPE_KEY: CANARY,
        SEARCH: `https://search:${CANARY}@search/index`,
        SESSION_TOKEN: CANARY,
        NOTE: `see mysql://app:${CANARY}@db/shop`,
      },
      { SETTINGS: { limit: 5n, password: CANARY, nested: { apiKey: CANARY } } },
    );
    expect(JSON.stringify(endpoint.handle())).not.toContain(CANARY);
    expect(inspect(endpoint, { depth: 20, showHidden: true })).not.toContain(CANARY);
    expect(row(endpoint, 'STRIPE_KEY')).toMatchObject({ value: '[REDACTED]', source: 'env' });
    expect(row(endpoint, 'SEARCH')).toMatchObject({ value: 'https://search:[REDACTED]@search/index' });
    expect(row(endpoint, 'SETTINGS')).toMatchObject({
      value: { limit: '5', password: '[REDACTED]', nested: { apiKey: '[REDACTED]' } },
    });
  });

  it('cuts what is long, and says what it cannot read', () => {
    const circular: Record<string, unknown> = { limit: 1n, password: '', nested: { apiKey: '' } };
    class Any extends configClass({
      NOTE: text({ optional: true }),
      ODD: custom(z.any(), { optional: true, expected: 'anything' }),
    }) {}
    circular['self'] = circular;
    const config = loadConfig(Any, { env: { NOTE: 'x'.repeat(5000) }, overrides: { ODD: circular } });
    const [note, odd] = new ConfigEndpoint(config).report().variables;
    expect(note?.value).toBe(`${'x'.repeat(1024)}… (3976 more)`);
    expect(odd?.value).toBe('[unreadable]');
  });
});
