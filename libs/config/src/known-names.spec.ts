import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { configClass } from './config-class.js';
import { loadConfig } from './load-config.js';
import { port } from './number-fields.js';
import { secret, text } from './text-fields.js';

class AppConfig extends configClass({
  PORT: port({ default: 8080, aliases: ['BUSINESS_HTTP_PORT'] }),
  HOST: text({ default: '0.0.0.0' }),
  METRICS_PORT: port({ default: 9090 }),
  LOG_LEVEL: text({ default: 'info' }),
  DATABASE_DSN: secret({ optional: true }),
  CACHE_SERVERS: text({ optional: true }),
  K8S: text({ optional: true }),
}) {}

const warnings = (env: Record<string, string>, prefixes: string[] = []): string[] =>
  loadConfig(AppConfig, { env, prefixes }).warnings.map(({ message }) => message);

describe('an unknown name', () => {
  it.each([
    ['PROT', 'PORT'],
    ['port', 'PORT'],
    ['HOSTT', 'HOST'],
    ['METRIC_PORT', 'METRICS_PORT'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['DATABSE_DNS', 'DATABASE_DSN'],
    ['CACHE_SERVER', 'CACHE_SERVERS'],
    ['BUSINES_HTTP_PORT', 'BUSINESS_HTTP_PORT'],
    ['k8s', 'K8S'],
    ['Log_Level', 'LOG_LEVEL'],
    ['log-level', 'LOG_LEVEL'],
    ['log.level', 'LOG_LEVEL'],
    ['database_dsn_file', 'DATABASE_DSN_FILE'],
    ['DATABSE_DSN_FILE', 'DATABASE_DSN_FILE'],
  ])('%s is taken for a mistaken %s', (name, meant) => {
    expect(warnings({ [name]: 'x' })).toEqual([
      `${name} (environment) is not a variable of this configuration: did you mean ${meant}?`,
    ]);
  });

  it.each([
    ['PORT ', '"PORT "'],
    [' PORT', '" PORT"'],
    ['K8S\r', String.raw`"K8S\r"`],
    ['\uFEFFPORT', '"\uFEFFPORT"'],
    ['LOG_LEVEL\n\u001B[31m', undefined],
  ])('%j is shown with the space around it', (name, shown) => {
    const meant = name.replaceAll(/[^A-Z_\d]/g, '');
    const expected = `${shown} (environment) is not a variable of this configuration: did you mean ${meant}?`;
    expect(warnings({ [name]: 'x' })).toEqual(shown === undefined ? [] : [expected]);
  });

  it('is found by any one mistake in a long name, and by any spelling', () => {
    const long = fc.constantFrom('METRICS_PORT', 'LOG_LEVEL', 'DATABASE_DSN', 'CACHE_SERVERS');
    const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ_'.split(''));
    const spelled = fc.constantFrom<(name: string) => string>(
      (name) => name,
      (name) => name.toLowerCase(),
      (name) => ` ${name}\t`,
      (name) => name.replaceAll('_', '-'),
    );
    fc.assert(
      fc.property(long, fc.nat(11), letter, fc.nat(1), fc.nat(1), spelled, (name, at, put, left, more, spell) => {
        const typed = spell(name.slice(0, at) + (more ? put : '') + name.slice(at + left));
        fc.pre(typed !== name && !/_PORT_|^(?:HOST|PORT)$/.test(typed));
        expect(warnings({ [typed]: 'x' })).toEqual([expect.stringContaining(`did you mean ${name}?`)]);
      }),
    );
  });

  it('of any kind is at most a warning, on one line, without its value', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: 'binary' })),
        fc.constantFrom('', 'LOG_', 'PORT '),
        (name, before) => {
          fc.pre(before + name !== 'PORT');
          const told = warnings({ [before + name]: 'Zq8Yw4' }, ['LOG_']).join(' ');
          expect(told).not.toMatch(/Zq8Yw4|\p{Cc}/u);
        },
      ),
    );
  });

  it('is taken for the nearest of several', () => {
    class Near extends configClass({
      CACHE_TIMEOUTS: text({ optional: true }),
      CACHE_TIMEOUT: text({ optional: true }),
    }) {}
    const [warning] = loadConfig(Near, { env: { CACHE_TIMEOT: '1s' } }).warnings;
    expect(warning?.message).toContain('did you mean CACHE_TIMEOUT?');
  });

  it('is nobody’s business when it resembles none', () => {
    const foreign = [
      'PATH',
      'HOME',
      'PWD',
      'TERM',
      'LANG',
      'USER',
      'SHELL',
      'HOSTNAME',
      'NODE_ENV',
      'K9S',
      'DATABASE_URL',
    ];
    const npm = ['npm_package_name', 'npm_config_cache', 'INIT_CWD', 'COLOR', 'EDITOR', '__proto__', 'constructor'];
    expect(warnings(Object.fromEntries([...foreign, ...npm].map((name) => [name, 'x'])))).toEqual([]);
  });

  it('is suspect with a prefix that belongs to the configuration', () => {
    expect(warnings({ DATABASE_POOL_SIZE: '5', LOG_COLOUR: '1' }, ['DATABASE_'])).toEqual([
      'DATABASE_POOL_SIZE (environment) is not a variable of this configuration',
    ]);
  });

  it('is not suspect when Kubernetes sets it for a Service', () => {
    const links = {
      CACHE_SERVICE_HOST: '10.0.0.1',
      CACHE_SERVICE_PORT: '11211',
      CACHE_SERVICE_PORT_MEMCACHE: '11211',
      CACHE_PORT: 'tcp://10.0.0.1:11211',
      CACHE_PORT_11211_TCP: 'tcp://10.0.0.1:11211',
      CACHE_PORT_11211_TCP_ADDR: '10.0.0.1',
      METRIC_PORT: 'tcp://10.0.0.1:80',
    };
    expect(warnings(links, ['CACHE_'])).toEqual([]);
  });

  it('is known with _FILE behind it', () => {
    expect(
      warnings({ CACHE_SERVERS_FILE: '/dev/null', BUSINESS_HTTP_PORT_FILE: '/dev/null' }, ['CACHE_', 'BUSINESS_']),
    ).toEqual([]);
  });

  it('is named without its value, which may be a secret', () => {
    expect(warnings({ DATABASE_DNS: 'root:hunter2@tcp(db)/shop' }).join()).not.toContain('hunter2');
  });

  it('tells of a name that is retired what to use, and nothing else', () => {
    const retired = { HEALTH_CHECK_PORT: 'probes are served on METRICS_PORT' };
    const { warnings: told } = loadConfig(AppConfig, {
      env: { HEALTH_CHECK_PORT: '8081' },
      retired,
      prefixes: ['HEALTH_'],
    });
    expect(told).toEqual([
      {
        kind: 'ignored',
        name: 'HEALTH_CHECK_PORT',
        message: 'HEALTH_CHECK_PORT (environment) is not used: probes are served on METRICS_PORT',
      },
    ]);
    expect(loadConfig(AppConfig, { env: { HEALTH_CHECK_PORT: '' }, retired }).warnings).toEqual([]);
  });
});
