import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { runNode } from '../support/run-node.js';
import { emptySqlite, users, USERS_MAIN } from './users-service.js';

const PLAIN = join(import.meta.dirname, 'fixtures/plain-service.mjs');
const RECORD = pathToFileURL(join(import.meta.dirname, 'fixtures/record-packages.mjs')).href;

/** Packages that a service pays for only when it uses them. */
const HEAVY = [
  'typeorm',
  '@nestjs/typeorm',
  'mysql2',
  'memcache-pp',
  'cache-manager',
  'keyv',
  'pino-pretty',
  'generators of monitoring',
  // Not its API, which prom-client needs.
  '@opentelemetry/core',
  '@opentelemetry/sdk-trace',
];

async function heavyPackagesOf(entry: string, env: Record<string, string>): Promise<string[]> {
  const service = runNode(entry, { env: users(env), execArgv: ['--import', RECORD] });
  await service.waitForLog('ready');
  service.signal('SIGTERM');
  expect(await service.exited).toEqual({ code: 0, signal: null });
  const { packages } = await service.waitForLog('packages').catch(() => service.logs.at(-1) ?? {});
  return HEAVY.filter((name) => (packages as string[]).includes(name));
}

describe('what a service loads', () => {
  it('is none of TypeORM, drivers and OpenTelemetry without a database, memcached and a receiver for traces', async () => {
    expect(await heavyPackagesOf(PLAIN, {})).toEqual([]);
  });

  it('is OpenTelemetry where a receiver for traces is set', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    expect(await heavyPackagesOf(PLAIN, env)).toEqual(['@opentelemetry/core', '@opentelemetry/sdk-trace']);
  });

  it('is TypeORM without mysql2 on SQLite, and no memcached client with the cache in memory', async () => {
    expect(await heavyPackagesOf(USERS_MAIN, { DATABASE_DSN: await emptySqlite() })).toEqual([
      'typeorm',
      '@nestjs/typeorm',
    ]);
  });
});
