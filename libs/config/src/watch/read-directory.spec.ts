import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readDirectory } from './read-directory.js';

const MIB = 1024 * 1024;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'eggy-directory-'));
  chmodSync(root, 0o755);
});
afterAll(() => rmSync(root, { recursive: true }));

/** A directory with these files. */
let directories = 0;
function directoryOf(files: Readonly<Record<string, string | Buffer>>): string {
  const directory = join(root, String(directories++));
  mkdirSync(directory);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

/** A directory as the kubelet leaves it. */
function volumeOf(files: Readonly<Record<string, string>>): string {
  const directory = directoryOf({});
  mkdirSync(join(directory, '..2026_11_23'));
  symlinkSync('..2026_11_23', join(directory, '..data'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, '..2026_11_23', name), content);
    symlinkSync(join('..data', name), join(directory, name));
  }
  return directory;
}

const textsIn = (directory: string): Record<string, string> => ({ ...readDirectory(directory).texts?.texts });
const troubleOf = (directory: string) => readDirectory(directory).trouble;

/** File permissions do not hold for root. */
function asNobody<T>(action: () => T): T {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid?.(65_534);
  try {
    return action();
  } finally {
    process.seteuid?.(0);
  }
}

describe(readDirectory, () => {
  it('reads the generation behind ..data, and names it', () => {
    const directory = volumeOf({ PORT: '8080', NAME: 'shop' });
    writeFileSync(join(directory, 'BESIDE'), 'not of the volume');

    expect(readDirectory(directory)).toEqual({
      texts: { texts: { PORT: '8080', NAME: 'shop' }, version: '..2026_11_23' },
      atomic: true,
    });
  });

  it('reads a directory without ..data, and names its state by something else than its content', () => {
    const directory = directoryOf({ db_password: 'changeit' });
    const first = readDirectory(directory);
    expect(first).toMatchObject({ texts: { texts: { db_password: 'changeit' } }, atomic: false });
    expect(first.texts?.version).toMatch(/^[0-9a-f]{16}$/);
    expect(readDirectory(directory)).toEqual(first);

    writeFileSync(join(directory, 'db_password'), 'changed');
    expect(readDirectory(directory).texts?.version).not.toBe(first.texts?.version);
  });

  it('takes a directory named ..data, as a copy of a volume has it, for no volume', () => {
    const directory = directoryOf({ PORT: '1' });
    mkdirSync(join(directory, '..data'));
    expect(readDirectory(directory)).toMatchObject({ texts: { texts: { PORT: '1' } }, atomic: false });
  });

  it.each([
    ['plain', 'plain'],
    ['one line\n', 'one line'],
    ['windows\r\n', 'windows'],
    ['two\n\n', 'two\n'],
    [' padded ', ' padded '],
    ['\uFEFFmarked', '\uFEFFmarked'],
    ['\n', ''],
    ['', ''],
  ])('gives the content %j as %j', (content, value) => {
    expect(textsIn(directoryOf({ KEY: content }))).toEqual({ KEY: value });
  });

  it('takes names like __proto__ and constructor for what they are', () => {
    const { texts } = readDirectory(directoryOf({ ['__proto__']: 'polluted', constructor: 'x', toString: 'y' }));

    expect(Object.keys(texts?.texts ?? {}).toSorted()).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(texts?.texts)).toBeNull();
    expect(texts?.texts['__proto__']).toBe('polluted');
    expect(Object.isFrozen(texts?.texts)).toBe(true);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('skips what is no regular file, and follows links to one', () => {
    const directory = directoryOf({ KEY: 'value' });
    mkdirSync(join(directory, 'DIRECTORY'));
    execFileSync('mkfifo', [join(directory, 'FIFO')]);
    symlinkSync('nowhere', join(directory, 'DANGLING'));
    symlinkSync('LOOP', join(directory, 'LOOP'));
    symlinkSync('KEY/below', join(directory, 'BELOW'));
    symlinkSync('/dev/zero', join(directory, 'DEVICE'));
    symlinkSync('FIFO', join(directory, 'LINKED_FIFO'));
    symlinkSync('KEY', join(directory, 'LINKED'));
    linkSync(join(directory, 'KEY'), join(directory, 'HARD'));

    expect(textsIn(directory)).toEqual({ KEY: 'value', LINKED: 'value', HARD: 'value' });
  });

  it('skips names that no variable could have', () => {
    const names = ['.hidden', '..hidden', 'with space', 'a=b', 'ümlaut', 'new\nline', 'KEY~', 'a:b'];
    const directory = directoryOf(Object.fromEntries([...names, 'a.b-c_1', '-', '_'].map((name) => [name, 'x'])));
    writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.of(0xff, 0xfe)]), 'no name in UTF-8');

    expect(Object.keys(textsIn(directory)).toSorted()).toEqual(['-', '_', 'a.b-c_1']);
  });

  it('gives back the contents of any files, or skips them by their names', () => {
    const anyText = fc.array(fc.nat(0xff_ff), { maxLength: 30 }).map((units) => String.fromCharCode(...units));
    const anyLines = fc.stringMatching(/^[a\r\n]{0,5}$/);
    const anyName = fc
      .oneof(anyText, fc.stringMatching(/^[-._a-zA-Z0-9]{1,20}$/), fc.constantFrom('__proto__', 'constructor'))
      .filter((name) => !['', '.', '..', '..data'].includes(name) && !/[/\0]/.test(name));
    const anyFiles = fc.dictionary(anyName, fc.oneof(anyText, anyLines), { noNullPrototype: false, maxKeys: 5 });
    fc.assert(
      fc.property(anyFiles, (files) => {
        const expected = Object.entries(files).flatMap(([name, content]) => {
          const allowed = /^[-._a-zA-Z0-9]+$/.test(name) && !name.startsWith('.');
          const end = content.endsWith('\r\n') ? -2 : content.endsWith('\n') ? -1 : undefined;
          // A lone surrogate is not text that a file could hold.
          return allowed ? [[name, content.toWellFormed().slice(0, end)] as const] : [];
        });
        const { texts } = readDirectory(directoryOf(files));

        expect(new Map(Object.entries(texts?.texts ?? {}))).toEqual(new Map(expected));
      }),
      { numRuns: 60 },
    );
  });

  it('takes a file of 1 MiB and none larger', () => {
    const directory = directoryOf({ LARGE: 'x'.repeat(MIB) });
    expect(textsIn(directory)['LARGE']?.length).toBe(MIB);

    writeFileSync(join(directory, 'LARGE'), 'x'.repeat(MIB + 1));
    expect(troubleOf(directory)).toEqual({ kind: 'invalid', detail: `${directory}/LARGE is larger than 1 MiB` });
  });

  it('takes no more than 16 MiB in all', () => {
    const directory = directoryOf({ '0': 'x'.repeat(MIB), more: 'x' });
    for (let copy = 1; copy < 16; copy += 1) linkSync(join(directory, '0'), join(directory, String(copy)));
    expect(troubleOf(directory)).toEqual({ kind: 'invalid', detail: 'the 17 files hold more than 16 MiB' });
  });

  it('takes nothing of a directory with a file that is not UTF-8, and shows none of it', () => {
    const directory = directoryOf({ GOOD: 'sk_live', KEY: Buffer.from('sk_live\xff', 'latin1') });
    expect(troubleOf(directory)).toEqual({ kind: 'invalid', detail: `${directory}/KEY is not UTF-8 text` });
  });

  it('tells what may not be read', () => {
    const directory = directoryOf({ GOOD: 'fine', KEY: 'sk_live' });
    chmodSync(join(directory, 'KEY'), 0);
    const forbidden = { kind: 'forbidden', detail: `${directory}/KEY may not be read (EACCES)` };
    expect(asNobody(() => troubleOf(directory))).toEqual(forbidden);

    const closed = directoryOf({ KEY: 'sk_live' });
    chmodSync(closed, 0);
    expect(asNobody(() => troubleOf(closed))).toMatchObject({ kind: 'forbidden' });
    chmodSync(closed, 0o755);
  });

  it('tells a directory, or what ..data leads to, that is not there', () => {
    expect(troubleOf(join(root, 'none'))).toEqual({ kind: 'missing', detail: `${join(root, 'none')} does not exist` });

    const dangling = directoryOf({ KEY: 'old' });
    symlinkSync('..gone', join(dangling, '..data'));
    expect(troubleOf(dangling)).toEqual({ kind: 'missing', detail: `${join(dangling, '..gone')} does not exist` });
  });

  it('tells a path that is no directory', () => {
    const directory = directoryOf({ KEY: 'x' });
    symlinkSync('loop', join(directory, 'loop'));
    for (const path of [join(directory, 'KEY'), join(directory, 'loop'), 'nul\0byte']) {
      expect(troubleOf(path)).toMatchObject({ kind: 'invalid' });
    }
  });
});
