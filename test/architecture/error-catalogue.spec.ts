import { describe, expect, it } from '@jest/globals';
import { libNames, readText, sourcesOf } from './workspace.js';

const IN_SOURCE = /['"`](EGGY_[A-Z0-9_]+)['"`]/g;
const IN_README = /`(EGGY_[A-Z0-9_]+)`/g;

describe('error catalogue', () => {
  const sources = libNames.flatMap((lib) => sourcesOf(`libs/${lib}`).map(({ text }) => text));
  const used = codesIn(sources.join('\n'), IN_SOURCE);
  const described = codesIn(readText('libs/errors/README.md'), IN_README);

  it('describes every code that a lib throws', () => {
    expect(used.filter((code) => !described.includes(code))).toEqual([]);
  });

  it('describes no code that no lib throws', () => {
    expect(described.filter((code) => !used.includes(code))).toEqual([]);
  });
});

function codesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].flatMap(([, code]) => code ?? []))].toSorted();
}
