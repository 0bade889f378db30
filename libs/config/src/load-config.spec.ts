import { inspect } from 'node:util';
import { describeFailure } from '@eggybyte/errors';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { z } from 'zod';
import { type AnyConfigClass, configClass } from './config-class.js';
import { ConfigInvalidError } from './config.errors.js';
import { custom } from './custom-field.js';
import { list } from './list-field.js';
import { loadConfig, type LoadConfigOptions } from './load-config.js';
import { bool, int, number, port } from './number-fields.js';
import { Secret } from './secret.js';
import { oneOf, secret, text, url } from './text-fields.js';
import { duration, size } from './unit-fields.js';

function failure(Class: AnyConfigClass, options: LoadConfigOptions): ConfigInvalidError {
  try {
    loadConfig(Class, options);
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

class ShopConfig extends configClass({
  PORT: port({ default: 8080 }),
  STRIPE_KEY: secret({ min: 20 }),
  STRIPE_ACCOUNT: text(),
  PAGE_SIZE: int({ min: 1, max: 100, default: 20 }),
  TAX: number({ default: 0.19 }),
  SEARCH_URL: url({ optional: true }),
  BETA: bool({ default: false }),
  LEVEL: oneOf(['debug', 'info'], { default: 'info' }),
  HOSTS: list({ default: [] }),
  TIMEOUT: duration({ max: '1m', default: '5s' }),
  BODY_LIMIT: size({ default: '1mb' }),
  OWNER: custom(z.email(), { expected: 'an e-mail address', optional: true }),
  WEBHOOK_KEY: secret(),
}) {}

describe(loadConfig, () => {
  it('reports every problem at once, in the order of the schema', () => {
    const env = {
      OWNER: 'nobody',
      BODY_LIMIT: '1 mb',
      TIMEOUT: '90s',
      HOSTS: 'a,,b',
      LEVEL: 'INFO',
      BETA: 'yes',
      SEARCH_URL: 'ftp://user:pass@word@search/index',
      TAX: '1e-1',
      PAGE_SIZE: '0',
      STRIPE_ACOUNT: 'acct_1',
      STRIPE_KEY: 'sk_live_short',
      PORT: '80abc',
      WEBHOOK_KEY_FILE: '/etc/no/such/file',
    };
    const options = { env, overrides: { PAGESIZE: 3 } as object };
    expect(failure(ShopConfig, options).message).toBe(
      [
        'The configuration has 14 problems:',
        '  - PORT (environment): expected a port from 0 to 65535, got "80abc"',
        '  - STRIPE_KEY (environment): expected a secret of at least 20 characters, got [REDACTED]',
        '  - STRIPE_ACCOUNT: expected a text, but it is not set; STRIPE_ACOUNT is set: did you mean STRIPE_ACCOUNT?',
        '  - PAGE_SIZE (environment): expected an integer from 1 to 100, got "0"',
        '  - TAX (environment): expected a decimal number, got "1e-1"',
        '  - SEARCH_URL (environment): expected a URL starting with http:// or https://, got "ftp://[REDACTED]@search/index"',
        '  - BETA (environment): expected true or false (1 or 0), got "yes"',
        '  - LEVEL (environment): expected one of debug, info, got "INFO"; did you mean info?',
        '  - HOSTS (environment): expected a list, comma separated, each a text, got "a,,b"',
        '  - TIMEOUT (environment): expected a duration of at most 1m (units: ms, s, m, h, d), got "90s"',
        '  - BODY_LIMIT (environment): expected a size (units: b, kb, mb, gb), got "1 mb"',
        '  - OWNER (environment): expected an e-mail address, got "nobody"',
        '  - WEBHOOK_KEY (WEBHOOK_KEY_FILE in environment): expected a file that can be read, got /etc/no/such/file (ENOENT)',
        '  - PAGESIZE (overrides): expected the name of a variable; did you mean PAGE_SIZE?',
        'No configuration was loaded. Fix: correct what is listed and start again.',
      ].join('\n'),
    );
  });

  it('gives the same problems to a program', () => {
    const { code, problems, warnings } = failure(ShopConfig, {
      env: { STRIPE_KEY: 'short', STRIPE_ACOUNT: 'a', WEBHOOK_KEY: 'w' },
    });
    expect(code).toBe('EGGY_CONFIG_INVALID');
    expect(problems).toEqual([
      {
        kind: 'invalid',
        name: 'STRIPE_KEY',
        given: '[REDACTED]',
        expected: 'a secret of at least 20 characters',
        origin: { source: 'env', name: 'STRIPE_KEY' },
      },
      {
        kind: 'missing',
        name: 'STRIPE_ACCOUNT',
        expected: 'a text',
        origin: { source: 'unset', name: 'STRIPE_ACCOUNT' },
        hint: 'STRIPE_ACOUNT is set: did you mean STRIPE_ACCOUNT?',
      },
    ]);
    expect(warnings.map(({ name }) => name)).toEqual(['STRIPE_ACOUNT']);
  });

  it('explains the failure of a start by the report', () => {
    const report = describeFailure(new Error('start failed', { cause: failure(ShopConfig, { env: {} }) }));
    expect(report.code).toBe('EGGY_CONFIG_INVALID');
    expect(report.description).toContain('STRIPE_ACCOUNT: expected a text, but it is not set');
  });

  it('keeps a problem on one line and short, whatever was given', () => {
    class Own extends configClass({ LEVEL: oneOf(['a']) }) {}
    const { problems, message } = failure(Own, { env: { LEVEL: `x\n  - FAKE: problem\u001B[31m${'y'.repeat(500)}` } });
    expect(message.split('\n')).toHaveLength(3);
    expect(message).not.toContain('\u001B');
    expect(problems[0]?.given).toMatch(/^"x\\n {2}- FAKE.{1,80}…$/);
  });

  it('takes a schema that throws, and of which nobody knows what it says, as one that refuses', () => {
    const given = z.string().transform((value): number => {
      throw new Error(`no number: ${value}`);
    });
    class Own extends configClass({
      COUNT: custom(given, { expected: 'a number in words' }),
      COUNTS: list(custom(given, { expected: 'one' })),
    }) {}
    const { problems, message } = failure(Own, { env: { COUNT: 'one', COUNTS: 'one,two' } });
    expect(problems.map(({ kind, name }) => [kind, name])).toEqual([
      ['invalid', 'COUNT'],
      ['invalid', 'COUNTS'],
    ]);
    expect(message).not.toContain('no number');
  });

  it('takes values in code as values and checks them too', () => {
    const config = loadConfig(ShopConfig, {
      env: {},
      values: { STRIPE_KEY: 'k'.repeat(20), WEBHOOK_KEY: new Secret('w'), TIMEOUT: '30s', HOSTS: ['a', 'b'], PORT: 0 },
      overrides: { STRIPE_ACCOUNT: 'acct', PORT: 3000 },
    });
    expect([
      config.STRIPE_KEY.reveal().length,
      config.WEBHOOK_KEY.reveal(),
      config.TIMEOUT,
      config.HOSTS,
      config.PORT,
    ]).toEqual([20, 'w', 30_000, ['a', 'b'], 3000]);
    const wrong = { PORT: 80.5, HOSTS: [1, { deep: { deeper: 1 } }] } as object;
    const { problems } = failure(ShopConfig, { env: {}, values: wrong });
    expect(
      problems.filter(({ kind }) => kind === 'invalid').map(({ given, origin }) => [given, origin.source]),
    ).toEqual([
      ['80.5', 'code'],
      ['[ 1, { deep: [Object] } ]', 'code'],
    ]);
  });

  it('checks a computed default, and misses the variable where there is none', () => {
    class Own extends configClass({
      NAME: text({ default: ({ packageName }) => packageName, defaultText: 'name in package.json' }),
      WAIT: duration({
        max: '1s',
        default: ({ inKubernetes }) => (inKubernetes ? '5s' : 0),
        defaultText: '5s in Kubernetes, else 0',
      }),
    }) {}
    expect(loadConfig(Own, { env: {}, facts: { packageName: 'shop' } }).snapshot()).toEqual({ NAME: 'shop', WAIT: 0 });
    expect(failure(Own, { env: {}, facts: { inKubernetes: true } }).problems).toEqual([
      expect.objectContaining({ kind: 'missing', name: 'NAME' }),
      expect.objectContaining({
        kind: 'invalid',
        name: 'WAIT',
        given: '"5s"',
        origin: { source: 'default', name: 'WAIT' },
      }),
    ]);
  });

  it('knows that an optional variable is not set', () => {
    const env = { STRIPE_KEY: 'k'.repeat(20), STRIPE_ACCOUNT: 'a', WEBHOOK_KEY: 'w' };
    const config = loadConfig(ShopConfig, { env });
    expect([config.OWNER, config.provenance('OWNER')]).toEqual([undefined, { source: 'unset', name: 'OWNER' }]);
  });

  it('says what Kubernetes does when a Service has the name of a variable', () => {
    class Own extends configClass({ METRICS_PORT: port({ default: 9090 }) }) {}
    expect(failure(Own, { env: { METRICS_PORT: 'tcp://10.0.12.7:9090' } }).message).toContain(
      'got "tcp://10.0.12.7:9090"; Kubernetes sets it for a Service of that name',
    );
  });
});

/** No part of it may be a word, as words stand in reports and stacks; shorter than the 64 that are asked for below. */
const anySecret = fc.stringMatching(/^[A-Za-z0-9+=]{12,24}$/).map((letters) => letters.replaceAll(/[A-Za-z]/g, '$&7'));

/** All the ways a value comes into a log. */
const seenIn = (value: unknown): string =>
  [String(value), JSON.stringify(value), inspect(value, { depth: 9, showHidden: true, getters: true })].join('\n');

describe('a secret', () => {
  class Vault extends configClass({
    KEY: secret({ min: 64 }),
    KEYS: list(secret({ min: 64 })),
    TOKEN: secret({ min: 64, default: ({ packageName }) => packageName, defaultText: 'a computed one' }),
    CERTIFICATE: secret(),
  }) {}
  it('shows no part of itself in the report, wherever it was given', () => {
    fc.assert(
      fc.property(anySecret, (value) => {
        const given = `!${value}`;
        const error = failure(Vault, {
          env: { KEY: given, KEYS: `${given},${given}`, CERTIFICATE_FILE: given },
          facts: { packageName: given },
        });
        expect(error.problems.map(({ name }) => name)).toEqual(['KEY', 'KEYS', 'TOKEN', 'CERTIFICATE']);
        const seen = seenIn(error) + seenIn(describeFailure(error)) + seenIn(error.stack);
        expect(seen).not.toContain(value.slice(0, 8));
        expect(seen).not.toContain(value.slice(-8));
      }),
      { numRuns: 30 },
    );
  });

  it('shows no part of itself in code, or under a name that is a mistake', () => {
    const error = failure(Vault, {
      env: { KEY_FILE: 'hunter2hunter2', KYE: 'hunter2hunter2', CERTIFICATE: 'c' },
      values: { KEYS: ['hunter2hunter2'] },
      overrides: { TOKEN: new Secret('hunter2hunter2'), TOKN: 'hunter2hunter2' },
    });
    expect(error.problems).toHaveLength(4);
    expect(seenIn(error)).not.toContain('hunter2');
  });

  it.each(['/9j4AAQSkZJRgABAQ', '/9j4AAQ/SkZJRgABAQ', '9j4AAQSkZJRgABAQ==', '.9j4AAQSkZJRgABAQ'])(
    'shows no part of itself where a path belongs: %s',
    (value) => {
      const error = failure(Vault, { env: { CERTIFICATE_FILE: value, KEY: 'k'.repeat(64), KEYS: 'k'.repeat(64) } });
      expect(error.message).toContain('CERTIFICATE (CERTIFICATE_FILE in environment)');
      expect(seenIn(error)).not.toContain('9j4');
    },
  );

  it('shows no part of itself in a loaded configuration', () => {
    class Loaded extends configClass({ KEY: secret(), KEYS: list(secret()) }) {}
    const config = loadConfig(Loaded, { env: { KEY: 'hunter2', KEYS: 'hunter2,hunter2' } });
    expect(config.KEYS.map((key) => key.reveal())).toEqual(['hunter2', 'hunter2']);
    const seen = [
      config,
      config.snapshot(),
      Object.entries(config.snapshot()),
      structuredClone(config),
      config.provenance('KEY'),
    ];
    expect(seen.map(seenIn).join()).not.toContain('hunter2');
  });
});
