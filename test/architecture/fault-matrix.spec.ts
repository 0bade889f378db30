import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readText, ROOT } from './workspace.js';

const TABLE = 'test/FAULTS.md';
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
const ROWS = [...numbers(1, 54), ...numbers(58, 61)];
const PROMISES = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8'];

/** `file` > `title`; without a title all of the file is meant. */
const REFERENCE = /`([^`]+\.ts)`(?: > `([^`]+)`)?/g;

interface Reference {
  file: string;
  title: string | undefined;
}

interface Row {
  name: string;
  tests: Reference[];
}

function rowsOf(markdown: string): Row[] {
  const lines = markdown.split('\n').filter((line) => /^\| *(?:P?\d+) *\|/.test(line));
  return lines.map((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const tests = [...(cells[4] ?? '').matchAll(REFERENCE)].map(([, file = '', title]) => ({ file, title }));
    return { name: cells[1] ?? '', tests };
  });
}

/** Whether a test of the file has this title, as it stands in its source. */
function hasTitle(source: string, title: string): boolean {
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => source.includes(quoted));
}

describe('the fault matrix', () => {
  const rows = rowsOf(readText(TABLE));
  const references = rows.flatMap(({ tests }) => tests);

  it('has every row and every promise, in order, each with a test', () => {
    expect(rows.map(({ name }) => name)).toEqual([...ROWS, ...PROMISES]);
    expect(rows.filter(({ tests }) => tests.length === 0)).toEqual([]);
  });

  it('names files that exist', () => {
    expect(references.filter(({ file }) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('names tests that exist', () => {
    const there = references.filter(({ file, title }) => title !== undefined && existsSync(join(ROOT, file)));
    expect(there.filter(({ file, title = '' }) => !hasTitle(readText(file), title))).toEqual([]);
  });
});
