import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeAuthority } from '../support/certificates.js';
import { createDatabase } from '../support/database.js';
import { goDsn } from '../support/dsn.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { KubeletVolume } from '../support/kubelet-volume.js';
import { startMariaDb } from '../support/mariadb.js';
import { type Exit, type NodeProcess, runNode } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { USERS_MAIN, users } from './users-service.js';

const CLEAN: Exit = { code: 0, signal: null };
const NAMES = { dns: ['localhost'] };

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'rotated-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

async function start(env: Record<string, string>) {
  const service = runNode(USERS_MAIN, { env: users({ HEALTH_CHECK_INTERVAL: '100ms', ...env }) });
  const { url, monitoring_url: monitoringUrl } = await service.waitForLog('ready', 30_000);
  return { service, url: String(url), monitoringUrl: String(monitoringUrl) };
}

function stop(service: NodeProcess): Promise<Exit> {
  service.signal('SIGTERM');
  return service.exited;
}

describe('a service whose database', () => {
  it('gets a certificate of another authority trusts it as soon as its file does, without a restart', async () => {
    const [first, second] = [makeAuthority(), makeAuthority()];
    await using server = await startMariaDb({ tls: { ...first.issue(NAMES), ca: first.ca } });
    await using database = await createDatabase('renewed', server.address);
    const caFile = join(folder, 'ca.crt');
    await writeFile(caFile, first.ca);
    const dsn = goDsn({ ...server.address, host: 'localhost' }, database.name);
    const { service, url, monitoringUrl } = await start({ DATABASE_DSN: dsn, DATABASE_TLS_CA_FILE: caFile });
    await service.waitForAnswer(`${url}/users`);

    await server.renewTls({ ...second.issue(NAMES), ca: second.ca });
    await server.restart();
    await service.waitForAnswer(`${monitoringUrl}/readyz`, 503);
    await writeFile(caFile, second.ca);
    await service.waitForAnswer(`${monitoringUrl}/readyz`, 200, 30_000);
    await service.waitForAnswer(`${url}/users`);
    expect(await stop(service)).toEqual(CLEAN);
  }, 90_000);

  it('is slow tells of it from the duration on that its ConfigMap says at the moment', async () => {
    await using database = await createDatabase('slow');
    await using proxy = await startFaultProxy({ target: { port: database.address.port } });
    const volume = new KubeletVolume(join(folder, 'config'));
    volume.write({ DATABASE_SLOW_QUERY: '1h' });
    const dsn = goDsn({ ...database.address, host: proxy.host, port: proxy.port }, database.name);
    const watching = { CONFIG_DIR: volume.path, ENABLE_K8S_CONFIG_WATCH: 'true' };
    const { service, url } = await start({ DATABASE_DSN: dsn, ...watching });
    proxy.delay(50);
    const ask = async (id: number) => (await fetch(`${url}/users/${id}`)).status;
    expect(await ask(4_101)).toBe(404);
    expect(service.logs.filter(({ msg }) => msg === 'slow query')).toEqual([]);

    volume.write({ DATABASE_SLOW_QUERY: '20ms' });
    await service.waitForLog('configuration reloaded');
    let id = 4_200;
    // One that is cached asks no database.
    await waitUntil(async () => (await ask(++id), service.logs.some(({ msg }) => msg === 'slow query')), {
      what: 'a slow query to be told',
    });
    const slow = service.logs.find(({ msg }) => msg === 'slow query');
    expect(slow).toMatchObject({ level: 'warn', operation: 'SELECT', request_id: expect.any(String) });
    expect(slow?.['duration_ms']).toBeGreaterThanOrEqual(20);
    expect(JSON.stringify(slow)).not.toMatch(/42\d\d/);
    expect(await stop(service)).toEqual(CLEAN);
  }, 60_000);
});
