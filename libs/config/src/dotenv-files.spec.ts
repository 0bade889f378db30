import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { configClass } from './config-class.js';
import { ConfigInvalidError } from './config.errors.js';
import { loadConfig } from './load-config.js';
import { port } from './number-fields.js';
import { text } from './text-fields.js';

class AppConfig extends configClass({ PORT: port({ default: 8080 }), VALUE: text({ optional: true }) }) {}

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'eggy-dotenv-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function load(content: string | Uint8Array) {
  writeFileSync(join(folder, '.env'), content);
  return loadConfig(AppConfig, { env: {}, directory: folder });
}

describe('a .env file', () => {
  it.each([
    ['a Windows line end', 'PORT=81\r\nVALUE=x\r\n', 'x'],
    ['old line ends', 'PORT=81\rVALUE=x\r', 'x'],
    ['a byte order mark', '\uFEFFPORT=81\nVALUE=x', 'x'],
    ['export', 'export PORT=81\n  export VALUE=x', 'x'],
    ['space', ' PORT = 81 \n VALUE =\tx\t', 'x'],
    ['comments', 'PORT=81 # the port\n#VALUE=y\nVALUE=x # a value', 'x'],
    ['quotes', `PORT="81"\nVALUE='x y'`, 'x y'],
    ['several lines', 'PORT=81\nVALUE="a\nPORT=82\nb"', 'a\nPORT=82\nb'],
    ['a quote within', "PORT=81\nVALUE=it's", "it's"],
  ])('is read with %s', (_, content, value) => {
    const config = load(content);
    expect([config.PORT, config.VALUE, config.warnings]).toEqual([81, value, []]);
  });

  it.each([
    ['UTF-16', Buffer.from('\uFEFFPORT=81\n', 'utf16le')],
    ['UTF-16 without a mark', Buffer.from('PORT=81\n', 'utf16le')],
    ['Latin-1', Buffer.from('VALUE=geh\xE4use\n', 'latin1')],
    ['a zero byte', 'VALUE=a\0b'],
  ])('in %s is a problem, as nobody would see what is lost', (_, content) => {
    expect(() => load(content)).toThrow(ConfigInvalidError);
    expect(() => load(content)).toThrow(
      `- ${join(folder, '.env')} (${join(folder, '.env')}): expected a file that can be read, got other bytes than UTF-8 text`,
    );
  });

  it.each([
    ['PORT=1\nPORT=2', ['PORT']],
    ['PORT=1\r\nVALUE=x\r\nexport PORT=2\r\n', ['PORT']],
    ['PORT=1\nVALUE=a\nVALUE=b\nPORT=1\nPORT: 2', ['VALUE', 'PORT']],
    ['PORT=1\n# PORT=2\nVALUE="PORT=3"', []],
    ['PORT=1\nVALUE="\nPORT=2\nPORT=3\n"', []],
    ['PORT=1\nMETRICS_PORT=2\nPORT_FILE=', []],
  ])('warns of names that stand there more than once: %j', (content, names) => {
    const { warnings } = load(content);
    const told = warnings.filter(({ message }) => message.endsWith('the last one counts'));
    expect(told.map(({ name }) => name)).toEqual(names);
    expect(warnings.map(({ message }) => message).join()).not.toContain('"');
  });

  it('takes the last of several', () => {
    expect(load('PORT=1\nPORT=2').PORT).toBe(2);
  });

  it('gives back what was written in quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const plain = value.replaceAll(/['\r\0]/g, '');
        expect(load(`VALUE='${plain}'\nPORT=81`)).toMatchObject({ VALUE: plain || undefined, PORT: 81 });
      }),
    );
  });

  it('is a configuration or a report of problems, whatever stands in it', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('PORT=', 'VALUE="', "VALUE='", '=', 'export', '__proto__=x', 'PORT: 1', '#', '`'),
    );
    const texts = fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(fc.oneof(texts, fc.uint8Array()), (content) => {
        try {
          expect(load(content)).toBeInstanceOf(AppConfig);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigInvalidError);
        }
      }),
    );
  });
});
