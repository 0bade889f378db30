import { describe, expect, it } from '@jest/globals';
import { filesOf } from './workspace.js';

/** Written so that this file does not hold what it forbids. */
const FORBIDDEN = [
  { what: 'a path of somebody’s machine', pattern: /(?<![\w.~@:*/-])\/(?:home|Users|root|work|farm)\/\w/ },
  { what: 'the address of a registry or mirror', pattern: /registry\.(?:npmjs|yarnpkg)|\bdeb\.debian\b/ },
  { what: 'unfinished work', pattern: /\b(?:TO[D]O|FIX[M]E|X{3})\b/ },
  {
    what: 'a focused test, or a skipped one that does not tell its reason in its title',
    pattern:
      /\b(?:it|test|describe)\.(?:o[n]ly|to[d]o|s[k]ip(?!.*left out: \$\{reason\}))\b|\b[fx](?:it|describe|test)\(/,
  },
];

/** Files of tools that hold such words by nature. */
const EXEMPT = new Set(['package-lock.json']);
const TEXT = /(?:\.(?:ts|mjs|cjs|js|json|md|ya?ml|sh|hbs|tpl)|\/run|rc)$/;

describe('forbidden words', () => {
  const files = filesOf('.', (path) => TEXT.test(path) && !EXEMPT.has(path));

  it('looks at the files of the project', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it.each(FORBIDDEN)('finds nowhere $what', ({ pattern }) => {
    const found = files.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
    );

    expect(found).toEqual([]);
  });
});
