import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readText, ROOT } from './workspace.js';

/** Not a part of a lib, but what `npm run generate` runs. */
const SCRIPT = join(ROOT, 'libs/monitoring/generate.mjs');

describe('generated files', () => {
  it('are what their generator makes; if not, run npm run generate', async () => {
    const { outputs } = (await import(SCRIPT)) as { outputs: Record<string, () => Promise<string>> };
    const made = await Promise.all(Object.entries(outputs).map(async ([path, make]) => [path, await make()] as const));
    const stale = made.filter(([path, text]) => readText(path) !== text).map(([path]) => path);

    expect(made).not.toEqual([]);
    expect(stale).toEqual([]);
  });
});
