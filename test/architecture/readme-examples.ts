import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { libNames, readText, ROOT } from './workspace.js';

/** A ts block of a README. */
export interface Example {
  readme: string;
  /** Line of the README that the block's first line stands on, from 1. */
  line: number;
  code: string;
  /**
   * The file that the block shows in full. Its first line is the path, `// apps/users/src/main.ts`, or in the root README
   * the bare name of a file of the sample service, `// main.ts`.
   */
  file?: string;
  /** Why the block does not compile alone: its first line is `// not compiled: the reason`. */
  exempt?: string;
}

const BLOCK = /^```(?:ts|typescript)\b.*\n([^]*?)^```/gm;
const PATH_MARK = /^\/\/ ((?:apps|libs|test)\/\S+\.ts)\n/;
const NAME_MARK = /^\/\/ ([\w.-]+\.ts)\n/;
const SAMPLE = 'apps/users/src';
const EXEMPT_MARK = /^\/\/ not compiled: (.+)\n/;

export const README_FILES: string[] = ['README.md', ...libNames.map((lib) => `libs/${lib}/README.md`)];

export function examplesOf(readme: string): Example[] {
  if (!existsSync(join(ROOT, readme))) return [];
  const text = readText(readme);
  return [...text.matchAll(BLOCK)].map((match) => {
    const code = match[1] ?? '';
    const file = shownFile(readme, code);
    const exempt = EXEMPT_MARK.exec(code)?.[1];
    const line = text.slice(0, match.index).split('\n').length + 1;
    return { readme, line, code, ...(file && { file }), ...(exempt && { exempt }) };
  });
}

/** What the block says its file holds, without the mark and the lines around. */
export function shownContent({ code }: Example): string {
  return code.replace(PATH_MARK, '').replace(NAME_MARK, '').trim();
}

function shownFile(readme: string, code: string): string | undefined {
  const name = readme === 'README.md' ? NAME_MARK.exec(code)?.[1] : undefined;
  return name ? `${SAMPLE}/${name}` : PATH_MARK.exec(code)?.[1];
}
