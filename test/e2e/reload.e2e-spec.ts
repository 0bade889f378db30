import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase } from '../support/database.js';
import { KubeletVolume } from '../support/kubelet-volume.js';
import { RotatedUser } from '../support/rotated-user.js';
import { type Exit, type NodeProcess, runNode } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { users, USERS_MAIN } from './users-service.js';

const RELOADING = join(import.meta.dirname, 'fixtures/reloading-service.mjs');
const CLEAN: Exit = { code: 0, signal: null };
const TOKEN = 'a-token-of-many-letters';

let folder: string;
let volume: KubeletVolume;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reload-'));
  volume = new KubeletVolume(join(folder, 'config'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Values {
  PAGE_SIZE: number;
  BATCH: number;
  WORKERS: number;
  keyLength: number;
  generation: number;
}

class Reloading {
  private constructor(
    readonly process: NodeProcess,
    private readonly url: string,
    private readonly monitoringUrl: string,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<Reloading> {
    const watching = { CONFIG_DIR: volume.path, ENABLE_K8S_CONFIG_WATCH: 'true' };
    const process = runNode(RELOADING, { env: users({ ...watching, ...env }) });
    const { url, monitoring_url: monitoringUrl } = await process.waitForLog('ready');
    return new Reloading(process, String(url), String(monitoringUrl));
  }

  async values(): Promise<Values> {
    return (await (await fetch(`${this.url}/values`)).json()) as Values;
  }

  async untilPageSize(size: number): Promise<Values> {
    const values = async () => {
      const now = await this.values();
      return now.PAGE_SIZE === size ? now : undefined;
    };
    return waitUntil(values, { what: `a page size of ${size}`, interval: 10 });
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.monitoringUrl}/metrics`)).text();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  }

  async admin(token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${this.monitoringUrl}/startup`, { headers })).status;
  }

  async talk(): Promise<void> {
    await fetch(`${this.url}/talk`);
  }

  stop(): Promise<Exit> {
    this.process.signal('SIGTERM');
    return this.process.exited;
  }
}

describe('a service whose mounted configuration changes', () => {
  it('follows it from the start on: values, listeners and the level of its log, and leaves nothing at its end', async () => {
    volume.write({ PAGE_SIZE: '30', WORKERS: '4' });
    const service = await Reloading.start({ PAGE_SIZE: '25', WORKERS: '2' });
    // The environment is stronger than the directory, and what is watched is stronger than the environment.
    expect(await service.untilPageSize(30)).toMatchObject({ WORKERS: 2 });
    await service.talk();

    volume.write({ PAGE_SIZE: '40', WORKERS: '4', LOG_LEVEL: 'debug' });
    await service.untilPageSize(40);
    await service.process.waitForLog({ msg: 'page size', now: 40, before: 30 });
    await service.process.waitForLog({ msg: 'configuration reloaded', source: 'directory' });
    await service.talk();
    await service.process.waitForLog('a detail');
    expect(service.process.logs.filter(({ msg }) => msg === 'a detail')).toHaveLength(1);
    expect(await service.metric('eggy_config_generation')).toBe((await service.values()).generation);
    expect(await service.metric('eggy_config_restart_required')).toBe(0);
    expect(await service.stop()).toEqual(CLEAN);
  });

  it('refuses a wrong update as a whole, tells its names and no value, and takes the next one', async () => {
    volume.write({ PAGE_SIZE: '30' });
    const service = await Reloading.start();
    await service.untilPageSize(30);
    volume.write({ PAGE_SIZE: 'canary-1', BATCH: '5', API_KEY: 'canary-2' });
    const refused = await service.process.waitForLog({ level: 'error' });
    expect(String(refused['msg'])).toContain('refused as a whole');
    expect(JSON.stringify(refused['problems'])).toContain('PAGE_SIZE');
    expect(await service.values()).toMatchObject({ PAGE_SIZE: 30, BATCH: 20, keyLength: 0 });
    expect(await service.metric('eggy_config_reload_total\\{source="directory",result="refused"\\}')).toBe(1);

    volume.write({ PAGE_SIZE: '31', BATCH: '5', API_KEY: 'canary-3' });
    expect(await service.untilPageSize(31)).toMatchObject({ BATCH: 5, keyLength: 8 });
    expect(await service.stop()).toEqual(CLEAN);
    expect(service.process.stdout + service.process.stderr).not.toContain('canary');
  });

  it('tells of a change that wants a restart, and goes on with what it has', async () => {
    volume.write({ PAGE_SIZE: '30', WORKERS: '4' });
    const service = await Reloading.start();
    expect(await service.untilPageSize(30)).toMatchObject({ WORKERS: 4 });
    volume.write({ PAGE_SIZE: '31', WORKERS: '8' });
    expect(await service.untilPageSize(31)).toMatchObject({ WORKERS: 4 });
    await service.process.waitForLog({ level: 'warn', variables: ['WORKERS'] });
    expect(await service.metric('eggy_config_restart_required')).toBe(1);
    expect(await service.stop()).toEqual(CLEAN);
  });

  it('takes a new ADMIN_TOKEN at once, and the old one no more', async () => {
    volume.write({ ADMIN_TOKEN: TOKEN });
    const service = await Reloading.start({ ENVIRONMENT: 'production' });
    await waitUntil(async () => (await service.admin(TOKEN)) === 200, { what: 'the first token to be taken' });
    volume.write({ ADMIN_TOKEN: `another-${TOKEN}` });
    await waitUntil(async () => (await service.admin(`another-${TOKEN}`)) === 200, { what: 'the second to be taken' });
    expect(await service.admin(TOKEN)).toBe(404);
    expect(await service.stop()).toEqual(CLEAN);
    expect(service.process.stdout).not.toContain(TOKEN);
  });

  it('reads a secret again whose file changes, without any switch', async () => {
    volume.write({ key: 'canary-1' });
    const nothing = { CONFIG_DIR: '', ENABLE_K8S_CONFIG_WATCH: 'false' };
    const service = await Reloading.start({ ...nothing, API_KEY_FILE: join(volume.path, 'key') });
    expect(await service.values()).toMatchObject({ keyLength: 8 });
    volume.write({ key: 'canary-rotated' });
    await waitUntil(async () => (await service.values()).keyLength === 14, { what: 'the new secret' });
    expect(await service.stop()).toEqual(CLEAN);
    expect(service.process.stdout).not.toContain('canary');
  });

  it('never shows half an update under load', async () => {
    volume.write({ PAGE_SIZE: '1', BATCH: '1' });
    const service = await Reloading.start();
    await service.untilPageSize(1);
    const over = new AbortController();
    const torn: Values[] = [];
    const readers = Array.from({ length: 8 }, async () => {
      while (!over.signal.aborted) {
        const values = await service.values();
        if (values.PAGE_SIZE !== values.BATCH) torn.push(values);
      }
    });
    for (let size = 2; size <= 20; size++) {
      volume.write({ PAGE_SIZE: String(size), BATCH: String(size) });
      await service.untilPageSize(size);
    }
    over.abort();
    await Promise.all(readers);
    expect(torn).toEqual([]);
    expect(await service.stop()).toEqual(CLEAN);
  });
});

describe('a service whose database gets another password', () => {
  it('is unready until it has the new one, and goes on without a restart', async () => {
    await using database = await createDatabase('rotation');
    const user = await RotatedUser.create(database);
    volume.write({ DATABASE_DSN: user.dsn });
    const checks = { HEALTH_CHECK_INTERVAL: '100ms' };
    const env = users({ CONFIG_DIR: volume.path, ENABLE_K8S_CONFIG_WATCH: 'true', ...checks });
    const service = runNode(USERS_MAIN, { env });
    const { url, monitoring_url } = await service.waitForLog('ready');
    await service.waitForAnswer(`${String(url)}/users`);
    await user.rotate();
    await service.waitForAnswer(`${String(monitoring_url)}/readyz`, 503);
    volume.write({ DATABASE_DSN: user.dsn });
    await service.waitForAnswer(`${String(monitoring_url)}/readyz`);
    await service.waitForAnswer(`${String(url)}/users`);

    service.signal('SIGTERM');
    expect(await service.exited).toEqual(CLEAN);
    expect(service.stdout).not.toContain('secret:');
    await user.drop();
  });
});

describe('a service that is to watch', () => {
  it('a ConfigMap starts also where the API cannot be reached, and says so once', async () => {
    const pod = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1', SHUTDOWN_DRAIN_DELAY: '0s' };
    const watching = { ENABLE_K8S_CONFIG_WATCH: 'true', K8S_CONFIGMAP_NAME: 'shop', K8S_NAMESPACE: 'sales' };
    const service = runNode(RELOADING, { env: users({ ...pod, ...watching }) });
    const { url } = await service.waitForLog('ready');
    const told = await service.waitForLog({ level: 'warn', source: 'configmap' });
    expect(told['msg']).toMatch(/cannot be watched: ConfigMap sales\/shop at https:\/\/kubernetes\.default\.svc/);
    expect((await fetch(`${String(url)}/values`)).status).toBe(200);
    service.signal('SIGTERM');
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.logs.filter(({ source }) => source === 'configmap')).toHaveLength(1);
  });

  it.each([
    ['nothing', { ENABLE_K8S_CONFIG_WATCH: 'true' }, /ENABLE_K8S_CONFIG_WATCH.*CONFIG_DIR or K8S_CONFIGMAP_NAME/],
    ['a directory that is not there', { CONFIG_DIR: '/nowhere/config' }, /\/nowhere\/config.*does not exist/],
  ])('does not start for %s', async (_, env, told) => {
    const service = runNode(RELOADING, { env: users(env) });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.logs).toMatchObject([{ level: 'fatal', msg: expect.stringMatching(told) }]);
  });
});
