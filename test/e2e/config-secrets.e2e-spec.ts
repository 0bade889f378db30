import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runNode } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { emptySqlite, USERS_MAIN, users } from './users-service.js';

const TOKEN = 'c4n4ry-of-many-letters';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'secrets-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Variable {
  name: string;
  value: unknown;
  source: string;
}

describe('the secrets of a running service', () => {
  it('are masked in /config, which tells the others with their sources to those who have the token', async () => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, `${TOKEN}\n`);
    const env = { DATABASE_DSN: await emptySqlite(), ADMIN_TOKEN_FILE: tokenFile, HTTP_KEEP_ALIVE_TIMEOUT: '5s' };
    const service = runNode(USERS_MAIN, { env: users(env) });
    const url = String((await service.waitForLog('ready'))['monitoring_url']);
    const forwarded = { 'x-forwarded-for': '10.0.0.1' };
    expect((await fetch(`${url}/config`, { headers: forwarded })).status).toBe(404);
    const headers = { ...forwarded, authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(`${url}/config`, { headers });
    const text = await answer.text();
    expect([answer.status, text.includes(TOKEN)]).toEqual([200, false]);
    const { variables, watched } = JSON.parse(text) as { variables: Variable[]; watched: unknown[] };
    const row = (name: string) => variables.find((variable) => variable.name === name);
    expect(row('ADMIN_TOKEN')).toMatchObject({ value: '[REDACTED]', source: 'file', path: tokenFile });
    expect(row('DATABASE_DSN')).toMatchObject({ value: '[REDACTED]', source: 'env' });
    expect(row('HTTP_KEEP_ALIVE_TIMEOUT')).toMatchObject({ value: 5000, source: 'env' });
    expect(row('SHUTDOWN_TIMEOUT')).toMatchObject({ value: 29_000, source: 'default' });
    expect(watched).toMatchObject([{ name: 'files', refused: false }]);
  });

  it('stand in no diagnostic report that Node writes of it', async () => {
    const env = users({ DATABASE_DSN: await emptySqlite(), ADMIN_TOKEN: TOKEN });
    const execArgv = ['--report-on-signal', `--report-directory=${folder}`];
    const service = runNode(USERS_MAIN, { env, execArgv });
    await service.waitForLog('ready');
    service.signal('SIGUSR2');
    const report = await waitUntil(
      async () => {
        const [name] = await readdir(folder);
        const text = name === undefined ? '' : await readFile(join(folder, name), 'utf8');
        return text.trimEnd().endsWith('}') && text;
      },
      { what: 'the report' },
    );
    expect(report).toContain('"javascriptHeap"');
    expect(report).not.toContain('environmentVariables');
    expect(report).not.toContain(TOKEN);
  });
});
