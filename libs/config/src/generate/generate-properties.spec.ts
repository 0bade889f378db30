import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getDefaultParser } from '@nestjs/config';
import * as fc from 'fast-check';
import { z } from 'zod';
import {
  bool,
  configClass,
  configJsonSchema,
  configMapManifest,
  custom,
  describeConfig,
  duration,
  envExample,
  type Field,
  int,
  list,
  loadConfig,
  number,
  oneOf,
  reloadable,
  secret,
  secretManifest,
  size,
  text,
  watchRoleManifest,
} from '../index.js';

/** Two readers of YAML that the tools of this workspace bring; kubectl's own is closer to the older one. */
const load = createRequire(import.meta.url);
const { parse } = load('yaml') as { parse: (text: string, options?: object) => any };
const { safeLoad } = load('js-yaml') as { safeLoad: (text: string) => any };

const readers: Record<string, (yaml: string) => any> = {
  'YAML 1.2': (yaml) => parse(yaml),
  'YAML 1.1': (yaml) => parse(yaml, { version: '1.1' }),
  'an older reader': safeLoad,
};

const HOSTILE = [
  '\n',
  '\r',
  '\0',
  '\u0007',
  '\u007F',
  '\u0085',
  '\u2028',
  '\u2029',
  '\uFEFF',
  '\uFFFF',
  '\uD800',
  '\u001B[31m',
  '\t',
];
const MARKS = [
  '#',
  ': ',
  '- ',
  '"',
  "'",
  '`',
  '\\',
  '\\n',
  '{',
  '}',
  '&a',
  '*a',
  '%',
  '$',
  '!',
  '---',
  '...',
  '|',
  '>',
  '=',
  'PORT=1',
  'A: 1',
  ' ',
];
const hostile = fc
  .array(
    fc.oneof(fc.constantFrom(...HOSTILE, ...MARKS), fc.string({ unit: 'binary', maxLength: 4 }), fc.constant('word')),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

const shape = (description: string, fallback: string) => ({
  FIRST: text({ default: fallback, description }),
  REQUIRED: text({ description }),
  LAST: reloadable(int({ default: 7, description })),
  API_KEY: secret({ description }),
  SPARE_KEY: secret({ default: 'Zq8Yw4Zq8Yw4', description }),
});
const classOf = (description: string, fallback: string) => {
  class AppConfig extends configClass(shape(description, fallback)) {}
  return AppConfig;
};

/** Takes the comment sign off every line that was commented out as an assignment of one of these. */
const uncommented = (lines: string, sign: RegExp): string => lines.replaceAll(sign, '$1');

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'eggy-generate-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe('envExample', () => {
  it('has nothing in force but what is required, whatever is in descriptions and defaults', () => {
    fc.assert(
      fc.property(hostile, hostile, (description, fallback) => {
        const example = envExample(classOf(description, fallback));
        expect(getDefaultParser()(Buffer.from(example))).toEqual({ REQUIRED: '', API_KEY: '' });
        expect(example).not.toContain('Zq8Yw4');
      }),
    );
  });

  it('gives each default back that it shows as an assignment', () => {
    fc.assert(
      fc.property(hostile, hostile, (description, fallback) => {
        const AppConfig = classOf(description, fallback);
        const filled = uncommented(envExample(AppConfig), /^# ((?:FIRST|LAST)=.)/gm).replaceAll(
          /^(REQUIRED|API_KEY)=$/gm,
          '$1=x',
        );
        writeFileSync(join(folder, '.env'), filled);
        const config = loadConfig(AppConfig, { env: {}, directory: folder });
        expect([config.FIRST, config.LAST]).toEqual([fallback, 7]);
        const left = (/^# FIRST=(.*)$/m.exec(filled) ?? [])[1];
        if (left !== undefined && fallback !== '') expect(filled).toContain('# Default: ');
      }),
    );
  });

  it('shows every ordinary default as an assignment', () => {
    const ordinary = fc.oneof(
      fc.stringMatching(/^[\w#=:,./ -]+$/),
      fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
    );
    fc.assert(
      fc.property(
        ordinary.filter(
          (value) => !(value.includes("'") && value.includes('"') && value.includes('`')) && !value.includes('\\'),
        ),
        (fallback) => {
          const example = envExample(classOf('', fallback));
          expect(getDefaultParser()(Buffer.from(uncommented(example, /^# (FIRST=)/gm)))).toMatchObject({
            FIRST: fallback,
          });
        },
      ),
    );
  });
});

describe('a default', () => {
  const fields: Record<string, fc.Arbitrary<Field<unknown>>> = {
    bool: fc.boolean().map((value) => bool({ default: value })),
    oneOf: fc.constantFrom('a', 'b c').map((value) => oneOf(['a', 'b c'], { default: value })),
    int: fc.maxSafeInteger().map((value) => int({ default: value })),
    number: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => number({ default: value })),
    duration: fc.double({ noNaN: true, min: 0, max: 1e9 }).map((value) => duration({ default: value })),
    size: fc.double({ noNaN: true, min: 0, max: 1e9 }).map((value) => size({ default: value })),
    list: fc.array(fc.string({ maxLength: 3 })).map((value) => list({ default: value })),
    text: hostile.map((value) => text({ default: value })),
    custom: fc
      .string()
      .map((value) => custom(z.string().or(z.object({ a: z.string() })), { expected: 'any', default: { a: value } })),
    'in words': fc.integer().map((value) => int({ default: value, defaultText: 'some number' })),
  };

  it.each(Object.entries(fields))('is shown as an assignment only if it is read back: %s', (_, field) => {
    fc.assert(
      fc.property(field, (FIELD) => {
        class Own extends configClass({ FIELD }) {}
        const [row] = describeConfig(Own);
        if (row?.literalDefault === undefined) return;
        const env = { FIELD: row.literalDefault };
        expect(loadConfig(Own, { env }).snapshot()).toEqual(loadConfig(Own, { env: {} }).snapshot());
      }),
    );
  });
});

describe.each(Object.entries(readers))('a manifest by %s', (_, read) => {
  it('has nothing in force but what is required, whatever is in descriptions, defaults and names', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (description, fallback, name) => {
        const AppConfig = classOf(description, fallback);
        const metadata = { name: name.toWellFormed(), ...(name !== '' && { namespace: name.toWellFormed() }) };
        expect(read(configMapManifest(AppConfig, { name, namespace: name }))).toEqual({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata,
          data: { REQUIRED: '' },
        });
        const secrets = secretManifest(AppConfig, { name, namespace: name });
        expect(read(secrets)).toEqual({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata,
          type: 'Opaque',
          stringData: { API_KEY: '' },
        });
        expect(secrets).not.toContain('Zq8Yw4');
      }),
    );
  });

  it('gives each default back', () => {
    fc.assert(
      fc.property(hostile, hostile, (description, fallback) => {
        const map = configMapManifest(classOf(description, fallback), { name: 'shop' });
        const { data } = read(
          uncommented(map, /^ {2}# ((?:FIRST|LAST): )/gm).replaceAll(/^((?:FIRST|LAST): )/gm, '  $1'),
        );
        expect(data).toEqual({ FIRST: fallback.toWellFormed(), REQUIRED: '', LAST: '7' });
      }),
    );
  });

  it('of a role is one object, whatever its names', () => {
    fc.assert(
      fc.property(hostile, hostile, (name, serviceAccount) => {
        // Where a name holds a line of three dashes it is escaped, so that there is one such line.
        const objects = watchRoleManifest({ name, serviceAccount })
          .split(/^---\n/m)
          .map(read);
        expect(objects.map(({ kind }) => kind as string)).toEqual(['Role', 'RoleBinding']);
        expect(objects[0].rules).toEqual([
          {
            apiGroups: [''],
            resources: ['configmaps'],
            resourceNames: [name.toWellFormed()],
            verbs: ['get', 'list', 'watch'],
          },
        ]);
        expect(objects[1].subjects).toEqual([{ kind: 'ServiceAccount', name: serviceAccount.toWellFormed() }]);
      }),
    );
  });
});

describe('configJsonSchema', () => {
  it('is JSON that keeps every description and no secret', () => {
    fc.assert(
      fc.property(hostile, hostile, (description, fallback) => {
        const schema = JSON.parse(JSON.stringify(configJsonSchema(classOf(description, fallback))));
        expect(Object.keys(schema.properties)).toEqual(['FIRST', 'REQUIRED', 'LAST', 'API_KEY', 'SPARE_KEY']);
        expect(schema.properties.FIRST.description ?? '').toBe(description);
        expect(JSON.stringify(schema)).not.toContain('Zq8Yw4');
      }),
    );
  });
});
