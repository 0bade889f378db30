import { describe, expect, it } from '@jest/globals';
import { filesOf, isSpec } from './workspace.js';

const LONGEST_SOURCE = 250;
const LONGEST_SPEC = 400;

describe('file sizes', () => {
  it('keep a source within 250 lines and a spec within 400', () => {
    const files = ['libs', 'apps', 'test'].flatMap((folder) => filesOf(folder, (path) => /\.m?[jt]s$/.test(path)));
    const lengths = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));

    expect(lengths.filter(({ path, lines }) => lines > (isSpec(path) ? LONGEST_SPEC : LONGEST_SOURCE))).toEqual([]);
  });
});
