import { copyFile, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase } from '../support/database.js';
import { KubeletVolume } from '../support/kubelet-volume.js';
import { RotatedUser } from '../support/rotated-user.js';
import { type Exit, type NodeProcess, runNode } from '../support/run-node.js';
import { users } from './users-service.js';

const SERVICE = join(import.meta.dirname, 'fixtures/two-sources-service.mjs');

const CLEAN: Exit = { code: 0, signal: null };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sources-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (env: Record<string, string>): NodeProcess => runNode(SERVICE, { env: users(env) });

function stop(service: NodeProcess): Promise<Exit> {
  service.signal('SIGTERM');
  return service.exited;
}

describe('a service with a second data source', () => {
  it('goes on with new credentials of the one that gets them, and the other notices nothing', async () => {
    await using main = await createDatabase('main');
    await using reporting = await createDatabase('reporting');
    const [owner, reporter] = [await RotatedUser.create(main), await RotatedUser.create(reporting)];
    const volume = new KubeletVolume(join(folder, 'config'));
    volume.write({ DATABASE_REPORTING_DSN: reporter.dsn });
    const service = start({
      CONFIG_DIR: volume.path,
      ENABLE_K8S_CONFIG_WATCH: 'true',
      HEALTH_CHECK_INTERVAL: '100ms',
      DATABASE_DSN: owner.dsn,
    });
    const { url, monitoring_url: monitoring } = await service.waitForLog('ready');
    await service.waitForAnswer(`${String(url)}/counts`);
    await reporter.rotate();
    await service.waitForAnswer(`${String(monitoring)}/readyz/database-reporting`, 503);
    await service.waitForAnswer(`${String(monitoring)}/readyz/database`);
    volume.write({ DATABASE_REPORTING_DSN: reporter.dsn });
    await service.waitForAnswer(`${String(monitoring)}/readyz`);
    const answer = await service.waitForAnswer(`${String(url)}/counts`);
    expect(await answer.json()).toEqual({ customers: 0, sales: 0 });
    const told = await service.waitForLog(({ msg }) => String(msg).startsWith('The credentials'));
    expect(told['context']).toBe('Database:reporting');

    expect(await stop(service)).toEqual(CLEAN);
    expect(service.stdout).not.toContain('secret:');
    await Promise.all([owner.drop(), reporter.drop()]);
  }, 60_000);

  it('ends with its process when everything is closed, and leaves nothing that holds it', async () => {
    await using main = await createDatabase('main');
    await using reporting = await createDatabase('reporting');
    const service = start({ END: 'by itself', DATABASE_DSN: main.dsn, DATABASE_REPORTING_DSN: reporting.dsn });
    await service.waitForLog('ready');

    expect(await stop(service)).toEqual(CLEAN);
  }, 60_000);

  it('has a file for each in development, where no DSN is set', async () => {
    await symlink(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "name": "shop", "type": "module" }');
    await copyFile(SERVICE, join(folder, 'main.js'));
    const service = runNode(join(folder, 'main.js'), { env: users({}) });
    const { url } = await service.waitForLog('ready');
    await service.waitForAnswer(`${String(url)}/counts`);
    expect(await stop(service)).toEqual(CLEAN);

    const files = await readdir(join(folder, '.data'));
    expect(files.filter((name) => name.endsWith('.db')).toSorted()).toEqual([
      'two-sources-reporting.db',
      'two-sources.db',
    ]);
  });

  it('does not start in production without its DSN, in one record that names the variable', async () => {
    const service = start({ ENVIRONMENT: 'production', DATABASE_DSN: 'sqlite::memory:' });

    expect(await service.exited).toEqual({ code: 1, signal: null });
    const fatal = service.logs.filter(({ level }) => level === 'fatal');
    expect(fatal).toMatchObject([{ code: 'EGGY_DATABASE_DSN_MISSING' }]);
    expect(JSON.stringify(fatal)).toContain('set DATABASE_REPORTING_DSN');
  });

  it('tells a DSN that cannot be read with everything else that is wrong', async () => {
    const service = start({ DATABASE_DSN: 'app:canary@tcp(db)', DATABASE_REPORTING_DSN: 'app:canary@tcp(db)' });

    expect(await service.exited).toEqual({ code: 1, signal: null });
    const fatal = service.logs.find(({ level }) => level === 'fatal');
    expect(String(fatal?.['msg'])).toMatch(/2 problems[^]*DATABASE_DSN [^]*DATABASE_REPORTING_DSN /);
    expect(service.stdout).not.toContain('canary');
  });
});
