import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { configClass } from './config-class.js';
import { ConfigInvalidError } from './config.errors.js';
import { loadConfig } from './load-config.js';
import { secret, text } from './text-fields.js';

class AppConfig extends configClass({
  VALUE: text({ optional: true }),
  KEY: secret({ optional: true }),
}) {}

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'eggy-value-file-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (content: string | Uint8Array): string => {
  const path = join(folder, 'value');
  writeFileSync(path, content);
  return path;
};
const load = (path: string) => loadConfig(AppConfig, { env: { KEY_FILE: path } });

function messageOf(env: Record<string, string>): string {
  try {
    loadConfig(AppConfig, { env });
  } catch (error) {
    if (error instanceof ConfigInvalidError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

const withoutFinalBreak = (content: string): string => content.replace(/\r?\n$/, '');

describe('the file of a NAME_FILE', () => {
  it('gives any text it holds, without one final line break', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '\n', '\r\n', '\n\n'), (content, end) => {
        const written = content.toWellFormed() + end;
        expect(load(file(written)).KEY?.reveal()).toBe(withoutFinalBreak(written) || undefined);
      }),
    );
  });

  it('gives its text or a problem, whatever bytes it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const value = load(file(bytes)).KEY?.reveal() ?? '';
          expect(value).toBe(withoutFinalBreak(Buffer.from(bytes).toString('utf8')));
          expect(value).not.toContain('\uFFFD');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigInvalidError);
        }
      }),
    );
  });

  it('may hold 1 MiB', () => {
    expect(load(file('x'.repeat(1024 ** 2))).KEY?.reveal()).toHaveLength(1024 ** 2);
    expect(messageOf({ KEY_FILE: file('x'.repeat(1024 ** 2 + 1)) })).toContain('(larger than 1 MiB)');
  });

  it.each<[string, () => string, string]>([
    ['is Latin-1', () => file(Buffer.from('geh\xE4use', 'latin1')), 'not UTF-8 text'],
    ['never ends', () => '/dev/zero', 'larger than 1 MiB'],
    ['is a directory', () => folder, 'no file'],
    ['is not there', () => join(folder, 'nothing'), 'ENOENT'],
    ['stands below a file', () => join(file('x'), 'below'), 'ENOTDIR'],
    [
      'is a link in a circle',
      () => {
        symlinkSync('circle', join(folder, 'circle'));
        return join(folder, 'circle');
      },
      'ELOOP',
    ],
    [
      'is a pipe that nobody writes to',
      () => {
        execFileSync('mkfifo', [join(folder, 'pipe')]);
        return join(folder, 'pipe');
      },
      'no file',
    ],
  ])('that %s is a problem', (_, path, why) => {
    const named = path();
    expect(messageOf({ VALUE_FILE: named })).toContain(
      `- VALUE (VALUE_FILE in environment): expected a file that can be read, got ${named} (${why})`,
    );
  });

  it('that is empty, or a device without content, gives nothing', () => {
    expect([load(file('')).KEY, load(file('\n')).KEY, load('/dev/null').KEY]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is told on one line, whatever its path', () => {
    const message = messageOf({ VALUE_FILE: '/etc/x\n  - FAKE: problem\u001B[31m' });
    expect(message.split('\n')).toHaveLength(3);
    expect(message).not.toContain('\u001B');
    expect(messageOf({ VALUE_FILE: 'a\0b' })).toContain('ERR_INVALID_ARG_VALUE');
  });
});

describe('a mounted directory', () => {
  it('gives the text of each file, as NAME_FILE does', () => {
    const mounted = join(folder, 'mounted');
    mkdirSync(mounted);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (value, key) => {
        const [first, second] = [value.toWellFormed(), key.toWellFormed()];
        writeFileSync(join(mounted, 'VALUE'), first);
        writeFileSync(join(mounted, 'KEY'), `${second}\n`);
        const config = loadConfig(AppConfig, { env: {}, mounted });
        expect([config.VALUE, config.KEY?.reveal()]).toEqual([
          withoutFinalBreak(first) || undefined,
          second || undefined,
        ]);
      }),
    );
  });

  it('has its names looked at as the environment has', () => {
    const mounted = join(folder, 'misspelled');
    mkdirSync(mounted);
    writeFileSync(join(mounted, 'value'), 'x');
    expect(loadConfig(AppConfig, { env: {}, mounted }).warnings).toMatchObject([
      { kind: 'unknown', name: 'value', message: expect.stringContaining('did you mean VALUE?') },
    ]);
  });
});
