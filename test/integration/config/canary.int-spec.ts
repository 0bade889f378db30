import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  configClass,
  configJsonSchema,
  configMapManifest,
  ConfigInvalidError,
  ConfigReload,
  configTable,
  describeConfig,
  DirectorySource,
  envExample,
  int,
  list,
  loadConfig,
  type LoadConfigOptions,
  type LoadedConfig,
  reloadable,
  secret,
  Secret,
  secretManifest,
} from '@eggybyte/config';
import { DsnError, parseDsn, redactDsn } from '@eggybyte/database';
import { describeFailure } from '@eggybyte/errors';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { KubeletVolume } from '../../support/kubelet-volume.js';
import { waitUntil } from '../../support/wait-until.js';
import { CANARY, waysToSee } from './canary.js';

/** A value as long as this one is accepted; whoever wants more refuses it. */
const shape = (min: number, given: { literal?: string; computed?: string }) => ({
  KEY: reloadable(secret({ min, optional: true })),
  KEYS: reloadable(list(secret({ min }), { optional: true })),
  LITERAL: secret({ default: given.literal ?? 'none-of-importance' }),
  COMPUTED: secret({ min, default: () => given.computed ?? 'x'.repeat(99), defaultText: 'a computed one' }),
  COUNT: int({ default: 1 }),
});
const classOf = (min: number, given: { literal?: string; computed?: string } = {}) => {
  class Vault extends configClass(shape(min, given)) {}
  return Vault;
};
type Vault = ReturnType<typeof classOf>;
type Options = LoadConfigOptions<Vault['schema']>;

let folder: string;
beforeAll(() => {
  Logger.overrideLogger(false);
  folder = mkdtempSync(join(tmpdir(), 'eggy-canary-'));
  for (const name of ['mounted', 'dotenv', 'special']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'key'), CANARY);
  writeFileSync(join(folder, 'mounted/KEY'), `${CANARY}\n`);
  writeFileSync(join(folder, 'mounted/KEYS'), `${CANARY},${CANARY}`);
  writeFileSync(join(folder, 'mounted/KYE'), CANARY);
  writeFileSync(join(folder, 'dotenv/.env'), `KEY=${CANARY}\nKEY='${CANARY}'\nKEYS=${CANARY}`);
  writeFileSync(join(folder, 'special/.env.development.local'), `KEY="${CANARY}"`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PLACES: readonly (readonly [
  place: string,
  options: () => Options,
  given?: { literal?: string; computed?: string },
])[] = [
  ['the environment', () => ({ env: { KEY: CANARY, KEYS: `${CANARY}, ${CANARY}`, KYE: CANARY } })],
  ['the environment, with space and quotes', () => ({ env: { KEY: ` "${CANARY}"\r`, KEYS: `'${CANARY}'` } })],
  ['the file of KEY_FILE', () => ({ env: { KEY_FILE: join(folder, 'key') } })],
  ['a mounted directory', () => ({ env: {}, mounted: join(folder, 'mounted') })],
  ['.env', () => ({ env: {}, directory: join(folder, 'dotenv') })],
  ['.env.development.local', () => ({ env: {}, directory: join(folder, 'special') })],
  ['values in code', () => ({ env: {}, values: { KEY: CANARY, KEYS: [CANARY] } })],
  ['a Secret in code', () => ({ env: {}, values: { KEY: new Secret(CANARY) } })],
  ['overrides', () => ({ env: {}, overrides: { KEY: CANARY, KEYS: [CANARY] } })],
  ['a default', () => ({ env: { KEY: 'another' } }), { literal: CANARY }],
  ['a computed default', () => ({ env: { KEY: 'another' } }), { computed: CANARY }],
  ['a DSN of the Go form', () => ({ env: { KEY: `shop:${CANARY}@tcp(db:3306)/shop` } })],
  ['a DSN of the URL form', () => ({ env: { KEY: `mysql://shop:${CANARY}@db:3306/shop` } })],
];

const ENOUGH = 4;
const TOO_MANY = 80;

describe.each(PLACES)('a secret in %s', (_, options, given) => {
  it('is there, and seen in nothing of the loaded configuration', () => {
    const Vault = classOf(ENOUGH, given);
    const config = loadConfig(Vault, options());
    const held = [config.KEY, ...(config.KEYS ?? []), config.LITERAL, config.COMPUTED].map(
      (each) => each?.reveal() ?? '',
    );
    expect(held.some((text) => text.includes(CANARY))).toBe(true);
    const seen = [
      config,
      config.snapshot(),
      config.KEY,
      config.KEYS,
      config.LITERAL,
      config.COMPUTED,
      config.warnings,
      Object.keys(Vault.schema).map((name) => config.provenance(name as 'KEY')),
      // Not by all of the ways: looking at the getters of a zod schema changes it.
      inspect(Vault.schema, { depth: 3, showHidden: true }),
      describeConfig(Vault),
      configTable(Vault),
      configJsonSchema(Vault),
      envExample(Vault),
      configMapManifest(Vault, { name: 'shop' }),
      secretManifest(Vault, { name: 'shop' }),
    ];
    expect(seen.map(waysToSee)).toEqual(seen.map(() => []));
  });

  it('is seen in nothing of a report that refuses it, or something else', () => {
    const reports = [
      failureOf(classOf(TOO_MANY, given), options()),
      failureOf(classOf(ENOUGH, given), wrongCount(options())),
    ];
    for (const report of reports) {
      const seen = [
        report,
        report.message,
        report.stack,
        report.problems,
        report.warnings,
        report.cause,
        describeFailure(report),
      ];
      expect(seen.map(waysToSee)).toEqual(seen.map(() => []));
      expect(waysToSee(new Error('The start failed', { cause: report }))).toEqual([]);
    }
  });
});

const wrongCount = (options: Options): Options => ({ ...options, overrides: { ...options.overrides, COUNT: 1.5 } });

function failureOf(Class: Vault, options: Options): ConfigInvalidError {
  try {
    // A default that is too short is refused where it is written; here something else has to be.
    loadConfig(Class, wrongCount(options));
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a secret that a reload brings', () => {
  it('is taken, refused and handed to listeners that fail, and is seen nowhere', async () => {
    const lines: unknown[][] = [];
    const write = (...line: unknown[]): void => void lines.push(line);
    Logger.overrideLogger({ log: write, error: write, warn: write, debug: write, verbose: write, fatal: write });
    const volume = new KubeletVolume(join(folder, 'volume'));
    volume.write({ COUNT: '1' });
    const config = loadConfig(classOf(ENOUGH), { env: {} });
    const events: unknown[] = [];
    const reload = new ConfigReload(config, {
      sources: [new DirectorySource({ directory: volume.path, poll: '50ms' })],
    });
    reload.onEvent((event) => void events.push(event));
    config.changes$.subscribe((change) => void events.push(change));
    config.watch('KEY', (now, before) => {
      throw Object.assign(new Error(`cannot use ${String(now)} for ${String(before)}`), { now, config });
    });
    config.watch('KEYS', async (now) => {
      throw new Error(`cannot use ${String(now)}`, { cause: now });
    });
    reload.start();
    const told = (kind: string) =>
      waitUntil(() => events.some((event) => (event as { kind?: string }).kind === kind), { what: kind });
    try {
      await told('reload.unchanged');
      volume.write({ KEY: CANARY, KEYS: `${CANARY},${CANARY}`, KYE: CANARY });
      await told('reload.applied');
      expect([config.KEY?.reveal(), config.KEYS?.map((key) => key.reveal())]).toEqual([CANARY, [CANARY, CANARY]]);
      volume.write({ KEY: CANARY.slice(0, 3), KEYS: `${CANARY},x`, COUNT: CANARY.slice(0, 3) });
      await told('reload.refused');
      const failures = () => lines.filter(([line]) => JSON.stringify(line).includes('failed'));
      await waitUntil(() => failures().length >= 2, { what: 'both listeners to fail' });
    } finally {
      await reload.stop();
      Logger.overrideLogger(false);
    }
    expect([config, events, lines].map(waysToSee)).toEqual([[], [], []]);
    expect([...events, ...lines].flatMap(waysToSee)).toEqual([]);
  });
});

describe('the password of a DSN', () => {
  it.each([
    `shop:${CANARY}@tcp(db:3306/shop`,
    `shop:${CANARY}@tcp(db)/shop?strict=1`,
    `shop:${CANARY}@db/shop`,
    `shop:a/${CANARY}@tcp(db)`,
    `shop:@/${CANARY}@tcp(db)`,
    `shop:@/a?${CANARY}=1@tcp(db)`,
    `mysql://shop:${CANARY}#1@db/shop`,
    `mysql://shop:1/${CANARY}@db/shop`,
    `mysql://shop:1?${CANARY}@db/shop`,
    `mysql://shop:${CANARY}%zz@db/shop`,
    `mysql://shop:${CANARY}@db:99999/shop`,
    `postgres://shop:${CANARY}@db/shop`,
    `jdbc:mysql://shop:${CANARY}@db/shop`,
  ])('is seen in no error about %j', (dsn) => {
    let error: unknown;
    try {
      parseDsn(dsn);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(DsnError);
    const { message, stack, cause } = error as DsnError;
    expect([error, message, stack, cause, describeFailure(error), redactDsn(dsn)].flatMap(waysToSee)).toEqual([]);
  });
});

/** What the looking is worth. */
describe('a text that is no secret', () => {
  it('is seen in every way', () => {
    const all = waysToSee({ shown: CANARY, toString: () => CANARY });
    expect(all.length).toBeGreaterThan(14);
    expect(waysToSee(Object.assign(new Error(CANARY), { config: { key: CANARY } }))).toContain('a log record');
    expect(waysToSee(config())).toEqual([]);
  });

  const config = (): LoadedConfig => loadConfig(classOf(ENOUGH), { env: {} });
});
