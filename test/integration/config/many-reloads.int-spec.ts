import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runNode } from '../../support/run-node.js';

const PROGRAM = join(import.meta.dirname, 'programs/many-reloads.mjs');
/** A snapshot that is kept takes some hundreds of bytes. */
const MOST_BYTES = 50;

describe('ten thousand reloads', () => {
  it('leave the heap flat, whatever listeners do', async () => {
    const program = runNode(PROGRAM, { execArgv: ['--expose-gc'] });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    const [measured] = program.logs;
    expect(measured).toMatchObject({ generation: 10_801, told: expect.any(Number) });
    expect(measured?.['bytesPerReload']).toBeLessThan(MOST_BYTES);
  });
});
