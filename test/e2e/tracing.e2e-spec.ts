import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createDatabase } from '../support/database.js';
import { freePort } from '../support/free-port.js';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { type NodeProcess, runNode } from '../support/run-node.js';
import { emptySqlite, users } from './users-service.js';

const TRACED = join(import.meta.dirname, 'fixtures/traced-service.mjs');

interface Traced {
  process: NodeProcess;
  url: string;
}

async function startTraced(name: string, env: Record<string, string>): Promise<Traced> {
  const process = runNode(TRACED, { env: users({ SERVICE_NAME: name, ENVIRONMENT: 'staging', ...env }) });
  const ready = await process.waitForLog('ready');
  return { process, url: String(ready['url']) };
}

async function stop({ process }: Traced): Promise<void> {
  process.signal('SIGTERM');
  expect(await process.exited).toEqual({ code: 0, signal: null });
}

describe.each(['fastify', 'express'])('a trace across two services on %s', (HTTP_ADAPTER) => {
  it('is one, with the statement of the second inside, and what is left is sent when they stop', async () => {
    const receiver = await startOtlpReceiver();
    const database = await createDatabase('tracing');
    // Longer than the test: only the stop sends.
    const env = { ...receiver.env, HTTP_ADAPTER, OTEL_BSP_SCHEDULE_DELAY: '600000' };
    const back = await startTraced('back', { ...env, DATABASE_DSN: database.dsn });
    const front = await startTraced('front', { ...env, DATABASE_DSN: await emptySqlite(), NEXT_URL: back.url });
    const answer = await fetch(`${front.url}/greet/Ada`);
    expect(await answer.json()).toEqual({ greeted: 'Ada' });
    expect(receiver.spans).toEqual([]);
    await Promise.all([stop(front), stop(back)]);
    await database.drop();

    const requests = receiver.named('GET /greet/:name');
    const root = requests.find(({ parentSpanId }) => parentSpanId === '');
    const [call] = receiver.childrenOf(root!);
    const [answered] = receiver.childrenOf(call!);
    const [statement] = receiver.childrenOf(answered!);
    expect(root).toMatchObject({ kind: 'server', resource: { 'service.name': 'front' } });
    expect(call).toMatchObject({ kind: 'client', name: 'GET', resource: { 'service.name': 'front' } });
    expect(answered).toMatchObject({ kind: 'server', resource: { 'service.name': 'back' } });
    expect(statement).toMatchObject({ kind: 'client', name: 'INSERT greetings', resource: { 'service.name': 'back' } });
    expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([root!.traceId]));
  });
});

describe('tracing', () => {
  it.each([
    ['refuses connections', async () => `http://127.0.0.1:${await freePort()}`, /ECONNREFUSED|within/],
    ['never answers', async () => Object.assign(await startOtlpReceiver(), { status: 0 }).url, /within/],
    [
      'refuses what it gets',
      async () => Object.assign(await startOtlpReceiver(), { status: 400 }).url,
      /Bad Request|400/,
    ],
  ])('harms neither requests nor the stop when the receiver %s, and tells what is lost', async (_, receiver, why) => {
    const service = await startTraced('alone', {
      DATABASE_DSN: await emptySqlite(),
      OTEL_EXPORTER_OTLP_ENDPOINT: await receiver(),
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${service.url}/greet/Bob`)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await stop(service);

    const { msg } = await service.process.waitForLog((record) => / lost/.test(String(record['msg'])));
    expect(msg).toMatch(why);
  });

  it('is off by OTEL_SDK_DISABLED, and then ids of callers still stand in the log', async () => {
    const receiver = await startOtlpReceiver();
    const env = { ...receiver.env, OTEL_SDK_DISABLED: 'true', DATABASE_DSN: await emptySqlite() };
    const service = await startTraced('alone', env);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await fetch(`${service.url}/greet/Eve`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    expect(await service.process.waitForLog('request')).toMatchObject({ trace_id: traceId });
    await stop(service);

    expect(receiver.spans).toEqual([]);
  });
});
