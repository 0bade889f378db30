import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeAuthority } from '../support/certificates.js';
import { KubeletVolume } from '../support/kubelet-volume.js';
import { startMemcached } from '../support/memcached.js';
import { type Exit, type NodeProcess, runNode } from '../support/run-node.js';
import { emptySqlite, USERS_MAIN, users } from './users-service.js';

const ADDRESSES = { dns: ['localhost'], ip: ['127.0.0.1'] };
const CLEAN: Exit = { code: 0, signal: null };

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'rotated-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

async function start(env: Record<string, string>): Promise<NodeProcess> {
  const checks = { HEALTH_CHECK_INTERVAL: '100ms', DATABASE_DSN: await emptySqlite() };
  const service = runNode(USERS_MAIN, { env: users({ ...checks, ...env }) });
  await service.waitForLog('ready');
  return service;
}

/** Waits until the check of the cache alone is so; the service is ready all the time. */
async function untilCacheIs(service: NodeProcess, up: boolean): Promise<void> {
  const { monitoring_url: url } = await service.waitForLog('ready');
  await service.waitForAnswer(`${String(url)}/healthz/cache`, up ? 200 : 503);
  expect((await fetch(`${String(url)}/readyz`)).status).toBe(200);
}

function stop(service: NodeProcess): Promise<Exit> {
  service.signal('SIGTERM');
  return service.exited;
}

describe('a service whose cache', () => {
  it('gets another password takes it from the mounted Secret, without a restart', async () => {
    await using memcached = await startMemcached({ credentials: { username: 'shop', password: 'canary-first' } });
    const volume = new KubeletVolume(join(folder, 'secret'));
    volume.write({ CACHE_USERNAME: 'shop', CACHE_PASSWORD: 'canary-first' });
    const watching = { CONFIG_DIR: volume.path, ENABLE_K8S_CONFIG_WATCH: 'true' };
    const service = await start({ ...watching, CACHE_SERVERS: memcached.address });
    await untilCacheIs(service, true);

    await memcached.restart({ username: 'shop', password: 'canary-second' });
    await untilCacheIs(service, false);
    volume.write({ CACHE_USERNAME: 'shop', CACHE_PASSWORD: 'canary-second' });
    await untilCacheIs(service, true);
    expect(await stop(service)).toEqual(CLEAN);
  });

  it('gets a certificate of another authority trusts it as soon as its file does, without a restart', async () => {
    const [first, second] = [makeAuthority(), makeAuthority()];
    await using memcached = await startMemcached({ tls: first.issue(ADDRESSES) });
    const caFile = join(folder, 'ca.crt');
    await writeFile(caFile, first.ca);
    const tls = { CACHE_TLS: 'true', CACHE_TLS_CA_FILE: caFile, CACHE_SERVERS: memcached.address };
    const service = await start(tls);
    await untilCacheIs(service, true);

    await memcached.renew(second.issue(ADDRESSES));
    await memcached.restart();
    await untilCacheIs(service, false);
    await writeFile(caFile, second.ca);
    await untilCacheIs(service, true);
    expect(await stop(service)).toEqual(CLEAN);
  });
});
