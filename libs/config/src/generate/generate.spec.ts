import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getDefaultParser } from '@nestjs/config';
import { configClass } from '../config-class.js';
import {
  bool,
  configJsonSchema,
  configMapManifest,
  duration,
  envExample,
  int,
  list,
  loadConfig,
  oneOf,
  reloadable,
  secret,
  secretManifest,
  text,
  watchRoleManifest,
} from '../index.js';

class AppConfig extends configClass({
  SERVICE_NAME: text({ description: 'Name of the service.' }),
  GREETING: text({ default: 'hello #1 world', description: 'What is said\nat first.' }),
  LEVEL: reloadable(oneOf(['info', 'debug'], { default: 'info' })),
  PAUSE: duration({ default: '5s', max: '1m' }),
  WORKERS: int({ default: ({ inKubernetes }) => (inKubernetes ? 4 : 1), defaultText: '4 in Kubernetes, else 1' }),
  NAMES: list({ default: ['a', 'b'] }),
  CAREFUL: bool({ default: false }),
  API_KEY: secret({ description: 'Key of the other side.' }),
  SPARE_KEY: secret({ default: 'canary-of-a-default' }),
}) {}

describe('envExample', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'env-example-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has every variable with what is expected, its default and no secret', () => {
    const example = envExample(AppConfig);
    expect(example).toContain('# Name of the service.\n# Expected: a text (required)\nSERVICE_NAME=\n');
    expect(example).toContain("# What is said at first.\n# Expected: a text\n# GREETING='hello #1 world'\n");
    expect(example).toContain('# Expected: one of info, debug (reloadable)\n# LEVEL=info\n');
    expect(example).toContain('# Default: 4 in Kubernetes, else 1\n# WORKERS=\n');
    expect(example).toContain('# Expected: a secret (required, a secret)\nAPI_KEY=\n');
    expect(example).not.toContain('canary');
    for (const name of Object.keys(AppConfig.schema)) expect(example).toMatch(new RegExp(`^(# )?${name}=`, 'm'));
  });

  it('gives the defaults when every comment sign before a variable is taken away', () => {
    const filled = envExample(AppConfig)
      .replaceAll(/^# ([A-Z_]+=)/gm, '$1')
      .replace(/^SERVICE_NAME=$/m, 'SERVICE_NAME=shop')
      .replace(/^API_KEY=$/m, 'API_KEY=key');
    writeFileSync(join(folder, '.env'), filled);
    const facts = { inKubernetes: false };
    const config = loadConfig(AppConfig, { env: {}, directory: folder, facts });
    const bare = loadConfig(AppConfig, { env: { SERVICE_NAME: 'shop', API_KEY: 'key' }, facts });
    expect({ ...config.snapshot(), API_KEY: 0, SPARE_KEY: 0 }).toEqual({
      ...bare.snapshot(),
      API_KEY: 0,
      SPARE_KEY: 0,
    });
    expect(Object.keys(getDefaultParser()(Buffer.from(filled)))).toEqual(Object.keys(AppConfig.schema));
  });
});

describe('configJsonSchema', () => {
  it('is the checked values', () => {
    expect(configJsonSchema(AppConfig)).toMatchObject({
      type: 'object',
      required: ['SERVICE_NAME', 'API_KEY'],
      additionalProperties: false,
      properties: {
        SERVICE_NAME: { type: 'string', description: 'Name of the service.' },
        LEVEL: { enum: ['info', 'debug'], 'x-reloadable': true },
        PAUSE: { type: 'integer', minimum: 0, maximum: 60_000 },
        NAMES: { type: 'array', items: { type: 'string' } },
        CAREFUL: { type: 'boolean' },
        API_KEY: { type: 'string', writeOnly: true },
      },
    });
    expect(JSON.stringify(configJsonSchema(AppConfig))).not.toContain('canary');
  });
});

describe('manifests', () => {
  it('are a ConfigMap of what is no secret and a Secret of what is one', () => {
    const map = configMapManifest(AppConfig, { name: 'shop', namespace: 'sales' });
    expect(map).toMatch(
      /^apiVersion: v1\nkind: ConfigMap\nmetadata:\n {2}name: "shop"\n {2}namespace: "sales"\ndata:\n/,
    );
    expect(map).toContain('  # Name of the service. Expected: a text.\n  SERVICE_NAME: ""\n');
    expect(map).toContain('  # GREETING: "hello #1 world"\n');
    expect(map).toContain('Reloadable.\n  # LEVEL: "info"\n');
    expect(map).not.toMatch(/KEY|canary/);
    const secrets = secretManifest(AppConfig, { name: 'shop' });
    expect(secrets).toMatch(/^apiVersion: v1\nkind: Secret\nmetadata:\n {2}name: "shop"\ntype: Opaque\nstringData:\n/);
    expect(secrets).toContain('  API_KEY: ""\n');
    expect(secrets).not.toMatch(/GREETING|canary/);
  });

  it('let a service read its one ConfigMap, and nothing else', () => {
    const role = watchRoleManifest({ name: 'shop', serviceAccount: 'shop-account' });
    expect(role).toContain('    resourceNames: ["shop"]\n    verbs: [get, list, watch]\n');
    expect(role).toContain('kind: RoleBinding');
    expect(role).toContain('    name: "shop-account"\n');
    expect(role).not.toContain('*');
  });
});
