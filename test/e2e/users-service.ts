import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type NodeProcess, runNode } from '../support/run-node.js';

/** The built sample service in a process of its own. */
export interface UsersService {
  readonly process: NodeProcess;
  readonly url: string;
  readonly monitoringUrl: string;
  request(method: string, path: string, body?: unknown): Promise<{ status: number; body: any; headers: Headers }>;
  probe(path: string): Promise<{ status: number; text: string }>;
  /** An admin path of the monitoring port. */
  json(path: string): Promise<{ status: number; body: any }>;
}

export const USERS_MAIN = join(import.meta.dirname, '../../apps/users/dist/main.js');

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** An empty SQLite database in a folder that goes away with the test file. */
export async function emptySqlite(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'users-'));
  folders.push(folder);
  return `sqlite:${join(folder, 'users.db')}`;
}

/** Variables of a service on free ports that logs to a pipe. */
export function users(env: Record<string, string>): Record<string, string> {
  return { PORT: '0', METRICS_PORT: '0', HOST: '127.0.0.1', MONITORING_HOST: '127.0.0.1', LOG_FORMAT: 'json', ...env };
}

/** Starts it and waits until it is ready. */
export async function startUsers(env: Record<string, string>, until: 'test' | 'file' = 'file'): Promise<UsersService> {
  const service = runNode(USERS_MAIN, { env: users(env), until });
  const ready = await service.waitForLog('ready');
  const url = String(ready['url']);
  const monitoringUrl = String(ready['monitoring_url']);
  return {
    process: service,
    url,
    monitoringUrl,
    async request(method, path, body) {
      const answer = await service.fetch(url + path, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
    },
    async probe(path) {
      const answer = await service.fetch(monitoringUrl + path);
      return { status: answer.status, text: await answer.text() };
    },
    async json(path) {
      const answer = await service.fetch(monitoringUrl + path);
      return { status: answer.status, body: await answer.json() };
    },
  };
}
