import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { z } from 'zod';
import { configClass } from './config-class.js';
import { ConfigInvalidError } from './config.errors.js';
import { custom } from './custom-field.js';
import { list } from './list-field.js';
import { loadConfig, type LoadConfigOptions } from './load-config.js';
import { bool, int, number, port } from './number-fields.js';
import { oneOf, secret, text, url } from './text-fields.js';
import { duration, size } from './unit-fields.js';

class AppConfig extends configClass({
  PORT: port({ default: 8080 }),
  COUNT: int({ optional: true }),
  RATIO: number({ optional: true }),
  CAREFUL: bool({ default: false }),
  LEVEL: oneOf(['debug', 'info'], { default: 'info' }),
  METHOD: oneOf(['GET', 'PUT'], { default: 'GET' }),
  PAUSE: duration({ optional: true }),
  ROOM: size({ optional: true }),
  SITE: url({ optional: true }),
  NAME: text({ optional: true, pattern: /^[a-z]+$/ }),
  GREETING: text({ optional: true }),
  NAMES: list({ default: [] }),
  OWNER: custom(z.email(), { expected: 'an e-mail address', optional: true }),
  API_KEY: secret({ optional: true }),
  PIN: secret({ optional: true, pattern: /^\d+$/ }),
}) {}

/** What is told of one load: hints of problems, messages of warnings. */
function told(env: Record<string, string>, more: LoadConfigOptions = {}): string[] {
  try {
    return loadConfig(AppConfig, { env, ...more }).warnings.map(({ message }) => message);
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error.problems.map(({ hint }) => hint ?? 'no hint');
    throw error;
  }
}

describe('a value that is refused', () => {
  it.each([
    ['PORT', ' 8080', 'remove the space around it'],
    ['PORT', '8080\r', 'remove the line break at its end'],
    ['PORT', "'8080'", 'remove the quotes around it'],
    ['PORT', '"8080"\n', 'remove the line break at its end and the quotes around it'],
    ['PORT', '\uFEFF8080', 'remove the byte order mark before it'],
    ['PORT', '8080\0', 'remove the zero bytes in it'],
    ['COUNT', '\t7 ', 'remove the space around it'],
    ['LEVEL', 'info\n', 'remove the line break at its end'],
    ['LEVEL', 'INFO', 'did you mean info?'],
    ['LEVEL', ' Info ', 'did you mean info?'],
    ['METHOD', 'put', 'did you mean PUT?'],
    ['CAREFUL', 'TRUE', 'did you mean true?'],
    ['CAREFUL', '"True"', 'did you mean true?'],
    ['PAUSE', '5S', 'did you mean 5s?'],
    ['PAUSE', '"5s"', 'remove the quotes around it'],
    ['SITE', "'https://example.com'", 'remove the quotes around it'],
    ['SITE', 'https://example.com\r\n', 'remove the line break at its end'],
    ['NAME', 'Shop', 'did you mean shop?'],
    ['OWNER', ' ops@example.com', 'remove the space around it'],
    ['PIN', '"1234"', 'remove the quotes around it'],
    ['CAREFUL', 'yes', 'no hint'],
    ['LEVEL', 'loud', 'no hint'],
    ['PORT', '   ', 'no hint'],
    ['PORT', '80 80', 'no hint'],
    ['PAUSE', '5 s', 'no hint'],
  ])('%s=%j is told with what was probably meant: %s', (name, value, hint) => {
    expect(told({ [name]: value })).toEqual([hint]);
  });

  it('is told so from every source of texts, and in the one report', () => {
    const folder = mkdtempSync(join(tmpdir(), 'eggy-slips-'));
    writeFileSync(join(folder, 'port'), '"80"\n');
    expect(told({ PORT_FILE: join(folder, 'port') })).toEqual(['remove the quotes around it']);
    writeFileSync(join(folder, '.env'), 'LEVEL=INFO');
    expect(told({}, { directory: folder })).toEqual(['did you mean info?']);
    rmSync(folder, { recursive: true });
    expect(() => loadConfig(AppConfig, { env: { PORT: ' 8080' } })).toThrow(
      '- PORT (environment): expected a port from 0 to 65535, got " 8080"; remove the space around it',
    );
  });
});

describe('a value that is taken as it is', () => {
  it.each([
    ['GREETING', ' hello', 'the space around it'],
    ['GREETING', ' ', 'the space around it'],
    ['GREETING', '"hello"', 'the quotes around it'],
    ['GREETING', 'hello\r', 'the line break at its end'],
    ['GREETING', '\uFEFFhello', 'the byte order mark before it'],
    ['GREETING', 'hel\0lo', 'the zero bytes in it'],
    ['API_KEY', 'Zq8Yw4\n', 'the line break at its end'],
    ['API_KEY', "'Zq8Yw4'", 'the quotes around it'],
    ['NAMES', '"a,b"', 'the quotes around it'],
  ])('%s=%j is warned of, without its value', (name, value, slip) => {
    expect(told({ [name]: value })).toEqual([
      `${name} (environment) is taken as it is: remove ${slip}, unless that is meant`,
    ]);
    expect(loadConfig(AppConfig, { env: { [name]: value } }).warnings).toMatchObject([{ kind: 'odd', name }]);
  });

  it.each([
    ['GREETING', 'hello there'],
    ['GREETING', 'it\'s "so"'],
    ['GREETING', 'HELLO'],
    ['API_KEY', '-----BEGIN KEY-----\nZq8Yw4\n-----END KEY-----\n'],
    ['API_KEY', '-----BEGIN KEY-----\r\nZq8Yw4\r\n-----END KEY-----\r\n'],
    ['NAMES', ' a , b '],
    ['ROOM', '1MB'],
  ])('%s=%j is nothing to warn of', (name, value) => {
    expect(told({ [name]: value })).toEqual([]);
  });

  it('is nothing to warn of where it was written so on purpose', () => {
    const folder = mkdtempSync(join(tmpdir(), 'eggy-slips-'));
    writeFileSync(join(folder, '.env'), `GREETING=" hello "\nAPI_KEY="'quoted'"\n`);
    expect(told({}, { directory: folder })).toEqual([]);
    rmSync(folder, { recursive: true });
    expect(told({}, { values: { GREETING: ' hello ' }, overrides: { API_KEY: '"k"' } })).toEqual([]);
  });
});

const VALID: Record<string, string> = {
  PORT: '8081',
  COUNT: '7',
  RATIO: '0.5',
  CAREFUL: 'true',
  LEVEL: 'debug',
  PAUSE: '5s',
  ROOM: '1kb',
  SITE: 'https://example.com/a',
  NAME: 'shop',
  GREETING: 'hello',
  OWNER: 'ops@example.com',
  API_KEY: 'Zq8Yw4',
  PIN: '1234',
};

describe('any value with any slip', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'eggy-slips-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is told by its name, never by a secret, and never passes unseen', () => {
    const slip = fc.constantFrom<(value: string) => string>(
      (value) => ` ${value}`,
      (value) => `${value}\t`,
      (value) => `${value}\r`,
      (value) => `\uFEFF${value}`,
      (value) => `${value}\0`,
      (value) => `"${value}"`,
      (value) => `'${value}'`,
      (value) => `\`${value}\``,
    );
    const file = join(folder, 'value');
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(VALID)),
        fc.array(slip, { minLength: 1, maxLength: 3 }),
        (name, slips) => {
          const value = slips.reduce((given, next) => next(given), VALID[name] ?? '');
          writeFileSync(file, value);
          const envs: Record<string, string>[] = [{ [name]: value }, { [`${name}_FILE`]: file }];
          for (const env of envs) {
            const words = told(env);
            expect(words).toEqual([expect.stringMatching(/remove the|no hint/)]);
            expect(words.join()).not.toContain('Zq8Yw4');
          }
        },
      ),
    );
  });
});
