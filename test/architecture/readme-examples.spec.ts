import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Example, examplesOf, README_FILES, shownContent } from './readme-examples.js';
import { readText, ROOT } from './workspace.js';

/** Inside of the workspace, so that packages resolve as in the source; not in git. */
const FOLDER = '.cache/readme-examples';
const START = ['apps/users/src/main.ts', 'apps/users/src/app.module.ts'];

describe('README examples', () => {
  const examples = README_FILES.flatMap(examplesOf);
  const compiled = examples.filter(({ file, exempt }) => !file && !exempt);

  beforeAll(() => {
    rmSync(join(ROOT, FOLDER), { recursive: true, force: true });
    mkdirSync(join(ROOT, FOLDER), { recursive: true });
  });

  afterAll(() => rmSync(join(ROOT, FOLDER), { recursive: true, force: true }));

  it.each(README_FILES)('stand in %s', (readme) => {
    expect(examplesOf(readme)).not.toEqual([]);
  });

  it('compile against the source', () => {
    for (const example of compiled) writeFileSync(join(ROOT, pathOf(example)), padded(example));
    const options = { noEmit: true, declaration: false, moduleDetection: 'force' };
    const config = { extends: '../../tsconfig.json', compilerOptions: options, references: [], include: ['*.ts'] };
    writeFileSync(join(ROOT, FOLDER, 'tsconfig.json'), JSON.stringify(config));

    const { stdout } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', FOLDER], {
      cwd: ROOT,
      encoding: 'utf8',
    });

    expect(namingReadmes(stdout, compiled)).toEqual([]);
  }, 120_000);

  it('are the files they name, letter for letter', () => {
    const named = examples.filter(({ file }) => file);
    const shown = named.map((example) => ({
      readme: example.readme,
      file: example.file,
      content: shownContent(example),
    }));

    expect(shown).toEqual(shown.map((one) => ({ ...one, content: readText(one.file ?? '').trim() })));
  });

  it('begin in the root README with the sample service', () => {
    const files = examplesOf('README.md').flatMap(({ file }) => file ?? []);

    expect(files).toEqual(expect.arrayContaining(START));
  });
});

function pathOf({ readme, line }: Example): string {
  return `${FOLDER}/${readme.replaceAll('/', '-')}-${line}.ts`;
}

/** Empty lines before the code, so that the compiler's line numbers are those of the README. */
function padded({ code, line }: Example): string {
  return '\n'.repeat(line - 1) + code;
}

/** The compiler's errors, with the README in place of the extracted file. */
function namingReadmes(output: string, examples: Example[]): string[] {
  let text = output;
  for (const example of examples) text = text.replaceAll(`${pathOf(example)}(`, `${example.readme}(`);
  return text.split('\n').filter((line) => line.trim() !== '');
}
