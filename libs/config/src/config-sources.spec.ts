import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configClass } from './config-class.js';
import { ConfigInvalidError } from './config.errors.js';
import { loadConfig, type LoadConfigOptions } from './load-config.js';
import { int, port } from './number-fields.js';
import { text } from './text-fields.js';

class AppConfig extends configClass({
  ENVIRONMENT: text({ default: 'development' }),
  VALUE: text({ default: 'default' }),
  PORT: port({ default: 8080, aliases: ['HTTP_PORT', 'BUSINESS_HTTP_PORT'] }),
}) {}

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'eggy-config-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with these files. */
let folders = 0;
function folder(files: Record<string, string>): string {
  const directory = join(root, String(folders++));
  mkdirSync(directory);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

const load = (options: LoadConfigOptions<(typeof AppConfig)['schema']>) =>
  loadConfig(AppConfig, { env: {}, ...options });

function problemsOf(options: LoadConfigOptions<(typeof AppConfig)['schema']>) {
  try {
    load(options);
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error.problems;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the sources', () => {
  it('win in their order, and each value knows where it came from', () => {
    const directory = folder({
      secret: 'from the file\n',
      '.env.staging.local': 'VALUE=from .env.staging.local',
      '.env.staging': 'VALUE=from .env.staging',
      '.env': 'VALUE=from .env',
    });
    const path = (name: string) => join(directory, name);
    const env: Record<string, string> = { ENVIRONMENT: 'staging', VALUE: 'from env' };
    const options = { env, directory, values: { VALUE: 'from code' }, overrides: { VALUE: 'from overrides' } };
    const seen: unknown[] = [];
    const look = () => {
      const config = load(options);
      seen.push([config.VALUE, config.provenance('VALUE')]);
    };

    look();
    Reflect.deleteProperty(options, 'overrides');
    look();
    Reflect.deleteProperty(env, 'VALUE');
    env['VALUE_FILE'] = path('secret');
    look();
    Reflect.deleteProperty(env, 'VALUE_FILE');
    for (const file of ['.env.staging.local', '.env.staging', '.env']) {
      look();
      rmSync(path(file));
    }
    look();
    Reflect.deleteProperty(options, 'values');
    look();

    expect(seen).toEqual([
      ['from overrides', { source: 'override', name: 'VALUE' }],
      ['from env', { source: 'env', name: 'VALUE' }],
      ['from the file', { source: 'file', name: 'VALUE_FILE', path: path('secret') }],
      ['from .env.staging.local', { source: 'dotenv', name: 'VALUE', path: path('.env.staging.local') }],
      ['from .env.staging', { source: 'dotenv', name: 'VALUE', path: path('.env.staging') }],
      ['from .env', { source: 'dotenv', name: 'VALUE', path: path('.env') }],
      ['from code', { source: 'code', name: 'VALUE' }],
      ['default', { source: 'default', name: 'VALUE' }],
    ]);
  });

  it('read process.env unless told otherwise, and never write to it', () => {
    const directory = folder({ '.env': 'EGGY_SPEC_WRITTEN=1\nPORT=1' });
    process.env['EGGY_SPEC_READ'] = '7';
    class OwnConfig extends configClass({ EGGY_SPEC_READ: int(), EGGY_SPEC_WRITTEN: int() }) {}
    try {
      expect(loadConfig(OwnConfig, { directory }).snapshot()).toEqual({ EGGY_SPEC_READ: 7, EGGY_SPEC_WRITTEN: 1 });
      expect(process.env['EGGY_SPEC_WRITTEN']).toBeUndefined();
    } finally {
      delete process.env['EGGY_SPEC_READ'];
    }
  });

  it('give nothing by an empty text, wherever it stands', () => {
    const directory = folder({ empty: '\n', '.env.development': 'VALUE=', '.env': 'VALUE=""' });
    const env = { VALUE: '', VALUE_FILE: join(directory, 'empty') };
    expect(load({ env, directory, overrides: { VALUE: '' }, values: { VALUE: '' } }).provenance('VALUE').source).toBe(
      'default',
    );
    expect(load({ env: { VALUE: '' }, directory: folder({ '.env': 'VALUE=weaker' }) }).VALUE).toBe('weaker');
  });

  it('read no .env file without a directory, and do without one that is missing', () => {
    expect(load({}).VALUE).toBe('default');
    expect(load({ directory: join(root, 'nowhere') }).VALUE).toBe('default');
  });

  it('report a .env file that cannot be read', () => {
    const directory = folder({});
    mkdirSync(join(directory, '.env'));
    expect(problemsOf({ directory })).toEqual([
      expect.objectContaining({ kind: 'unreadable', name: join(directory, '.env'), given: 'EISDIR' }),
    ]);
  });

  it('take names like __proto__ and constructor for what they are', () => {
    const directory = folder({ '.env': '__proto__=polluted\nconstructor=x\nVALUE=fine' });
    const config = load({
      directory,
      env: JSON.parse('{"__proto__": "polluted", "constructor": "x"}') as Record<string, string>,
    });
    expect([config.VALUE, Reflect.get({}, 'polluted')]).toEqual(['fine', undefined]);
    class Own extends configClass({ VALUE: text({ default: 'default', aliases: ['constructor', 'valueOf'] }) }) {}
    expect(loadConfig(Own, { env: {} }).VALUE).toBe('default');
    expect(() => load({ values: JSON.parse('{"__proto__": {"VALUE": "polluted"}}') as object })).toThrow(
      '__proto__ (values in code): expected the name of a variable',
    );
  });
});

/** A folder with a file for each of three environments. */
const environments = () =>
  folder({
    '.env.staging': 'VALUE=staging',
    '.env.production': 'VALUE=production',
    '.env.development': 'VALUE=development',
  });

describe('ENVIRONMENT', () => {
  it.each([
    ['overrides', { overrides: { ENVIRONMENT: 'staging' }, env: { ENVIRONMENT: 'production' } }, 'staging'],
    ['the environment', { env: { ENVIRONMENT: 'production' }, values: { ENVIRONMENT: 'staging' } }, 'production'],
    ['values in code', { values: { ENVIRONMENT: 'staging' } }, 'staging'],
    ['facts', { facts: { environment: 'staging' } }, 'staging'],
    ['its default', {}, 'development'],
  ])('chooses the .env file by %s', (_, options, value) => {
    expect(load({ directory: environments(), ...options }).VALUE).toBe(value);
  });

  it('may stand in .env', () => {
    const config = load({ directory: folder({ '.env': 'ENVIRONMENT=staging', '.env.staging': 'VALUE=staging' }) });
    expect([config.ENVIRONMENT, config.VALUE]).toEqual(['staging', 'staging']);
  });

  it('is not changed by the file that it chose', () => {
    const config = load({
      env: { ENVIRONMENT: 'staging' },
      directory: folder({ '.env.staging': 'ENVIRONMENT=production\nVALUE=here' }),
    });
    expect([config.ENVIRONMENT, config.VALUE]).toEqual(['staging', 'here']);
    expect(config.warnings).toEqual([expect.objectContaining({ kind: 'ignored', name: 'ENVIRONMENT' })]);
  });

  it('reads no file outside of the directory', () => {
    const outside = folder({ x: 'VALUE=outside' });
    const config = load({ env: { ENVIRONMENT: `/../../${outside.slice(root.length + 1)}/x` }, directory: folder({}) });
    expect(config.VALUE).toBe('default');
    expect(config.warnings).toEqual([expect.objectContaining({ kind: 'ignored', name: 'ENVIRONMENT' })]);
  });

  it.each([
    [{ ENVIRONMENT: 'staging' }, 'staging on a pod: no'],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'development on a pod: yes'],
  ])('is a fact for defaults, as the pod is, with %j', (env, value) => {
    class Facts extends configClass({
      ENVIRONMENT: text({ default: 'development' }),
      TOLD: text({
        default: ({ environment, inKubernetes }) => `${environment} on a pod: ${inKubernetes ? 'yes' : 'no'}`,
        defaultText: 'the facts',
      }),
    }) {}
    expect(loadConfig(Facts, { env }).TOLD).toBe(value);
  });

  it('takes the default of the schema where nothing gives it', () => {
    class Own extends configClass({ ENVIRONMENT: text({ default: 'staging' }), VALUE: text() }) {}
    expect(loadConfig(Own, { env: {}, directory: environments() }).VALUE).toBe('staging');
  });
});

describe('NAME_FILE', () => {
  it.each([
    ['plain', 'plain'],
    ['one line\n', 'one line'],
    ['windows\r\n', 'windows'],
    ['two\n\n', 'two\n'],
    [' padded ', ' padded '],
  ])('gives the content %j as %j', (content, value) => {
    expect(load({ env: { VALUE_FILE: join(folder({ secret: content }), 'secret') } }).VALUE).toBe(value);
  });

  it('reports a file that cannot be read, by its path', () => {
    const path = join(root, 'no', 'such', 'file');
    expect(problemsOf({ env: { VALUE_FILE: path } })).toEqual([
      expect.objectContaining({ kind: 'unreadable', name: 'VALUE', given: `${path} (ENOENT)` }),
    ]);
  });

  it('is ambiguous beside NAME in one place', () => {
    const env = { VALUE: 'a', VALUE_FILE: join(folder({ secret: 'b' }), 'secret') };
    expect(problemsOf({ env })).toEqual([
      expect.objectContaining({
        kind: 'ambiguous',
        name: 'VALUE',
        expected: 'one of VALUE and VALUE_FILE',
        given: 'both',
      }),
    ]);
  });

  it('may stand in a .env file, relative to it, and loses to the environment', () => {
    const directory = folder({ secret: 'from the file', '.env': 'VALUE_FILE=./secret' });
    expect(load({ directory }).provenance('VALUE')).toEqual({
      source: 'file',
      name: 'VALUE_FILE',
      path: join(directory, 'secret'),
    });
    expect(load({ directory, env: { VALUE: 'env' } }).VALUE).toBe('env');
  });

  it('is an ordinary variable where the schema declares it', () => {
    class Tls extends configClass({ TLS_CA: text({ default: 'none' }), TLS_CA_FILE: text() }) {}
    expect(loadConfig(Tls, { env: { TLS_CA_FILE: '/etc/ca.pem' } }).snapshot()).toEqual({
      TLS_CA: 'none',
      TLS_CA_FILE: '/etc/ca.pem',
    });
  });
});

describe('an alias', () => {
  it('works, with a warning', () => {
    const config = load({ env: { BUSINESS_HTTP_PORT: '3000' } });
    expect([config.PORT, config.provenance('PORT')]).toEqual([3000, { source: 'env', name: 'BUSINESS_HTTP_PORT' }]);
    expect(config.warnings).toEqual([
      { kind: 'alias', name: 'BUSINESS_HTTP_PORT', message: 'BUSINESS_HTTP_PORT is the old name of PORT: rename it' },
    ]);
  });

  it('loses to the name, and to an earlier alias, in the same place', () => {
    const both = load({ env: { HTTP_PORT: '1', BUSINESS_HTTP_PORT: '2' } });
    const all = load({ env: { PORT: '3', HTTP_PORT: '1' } });
    expect([both.PORT, all.PORT]).toEqual([1, 3]);
    expect(all.warnings).toEqual([
      { kind: 'ignored', name: 'HTTP_PORT', message: 'HTTP_PORT is ignored, as PORT is set too' },
    ]);
  });

  it('wins over the name in a weaker place', () => {
    expect(load({ env: { HTTP_PORT: '1' }, directory: folder({ '.env': 'PORT=2' }) }).PORT).toBe(1);
  });

  it('may name a file too', () => {
    expect(load({ env: { HTTP_PORT_FILE: join(folder({ port: '81\n' }), 'port') } }).PORT).toBe(81);
  });
});
