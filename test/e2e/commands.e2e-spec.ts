import { readdirSync } from 'node:fs';
import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runNode, runProgram } from '../support/run-node.js';
import { users } from './users-service.js';

const ROOT = join(import.meta.dirname, '../..');
/** A copy of the workspace, as these commands build and other tests run what is built at the same time. */
const COPY = join(ROOT, '.cache/workspace-copy');
const LONG = 120_000;
const START_LIMIT = 60_000;

describe('the commands of the README', () => {
  beforeAll(async () => {
    await rm(COPY, { recursive: true, force: true });
    for (const name of ['package.json', 'nest-cli.json', 'tsconfig.json', 'libs', 'apps']) {
      await cp(join(ROOT, name), join(COPY, name), {
        recursive: true,
        filter: (path) => !path.endsWith('node_modules'),
      });
    }
    await mkdir(join(COPY, 'node_modules/@eggybyte'), { recursive: true });
    for (const lib of readdirSync(join(COPY, 'libs'))) {
      await symlink(join(COPY, 'libs', lib), join(COPY, 'node_modules/@eggybyte', lib));
    }
  }, LONG);

  afterAll(() => rm(COPY, { recursive: true, force: true }));

  it(
    'npm start runs the sample service and hands SIGTERM on to it',
    async () => {
      const program = runProgram('npm', ['start'], { cwd: COPY, env: users({ DATABASE_DSN: 'sqlite::memory:' }) });
      const { url } = await program.waitForLog('ready', START_LIMIT);
      const answer = await fetch(`${String(url)}/users`);
      program.signal('SIGTERM');

      expect(answer.status).toBe(200);
      expect(await program.exited).toEqual({ code: 0, signal: null });
      expect(program.logs).toContainEqual(expect.objectContaining({ msg: 'state: stopped' }));
    },
    LONG,
  );

  it(
    'nest start users runs the sample service until Ctrl-C',
    async () => {
      const nest = join(ROOT, 'node_modules/.bin/nest');
      const env = users({ DATABASE_DSN: 'sqlite::memory:' });
      const program = runNode(nest, { args: ['start', 'users'], cwd: COPY, env });
      const { url } = await program.waitForLog('ready', START_LIMIT);
      const answer = await fetch(`${String(url)}/users`);
      // A terminal signals the whole group. Nest alone would only signal the shell that it runs the service in.
      process.kill(-program.pid, 'SIGINT');
      await program.exited;

      expect(answer.status).toBe(200);
      expect(program.logs).toContainEqual(expect.objectContaining({ msg: 'state: stopped' }));
    },
    LONG,
  );
});
