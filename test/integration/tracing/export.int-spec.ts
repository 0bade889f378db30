import 'reflect-metadata';
import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { Controller, Get, Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EggyCoreModule } from '@eggybyte/core';
import { requestContext, runInContext } from '@eggybyte/observability';
import { bootApp } from '@eggybyte/testing';
import { Tracing } from '@eggybyte/tracing';
import { type Context, context, type ContextManager, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { freePort } from '../../support/free-port.js';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.js';
import { runNode } from '../../support/run-node.js';
import { waitUntil } from '../../support/wait-until.js';

@Controller('pens')
class PensController {
  @Get()
  list(): string[] {
    return [];
  }
}

@Module({ imports: [EggyCoreModule.forRoot()], controllers: [PensController] })
class PensModule {}

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => {
  trace.disable();
  context.disable();
});

/** What another SDK registers before the suite: providers of its own, and a manager on AsyncLocalStorage. */
function registerOtherSdk(): void {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (entered, work, thisArg, ...args) => storage.run(entered, () => work.apply(thisArg as never, args)),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  context.setGlobalContextManager(manager);
  trace.setGlobalTracerProvider({ getTracer: () => trace.getTracer('none') });
}

describe('the export of spans', () => {
  it('carries no ids of the request that set it off', async () => {
    await using app = await bootApp(PensModule, { env: receiver.env });
    await app.request('GET', '/pens', undefined, { 'x-request-id': 'req-1' });
    await receiver.span('GET /pens');

    const sent = Object.keys(receiver.headers[0] ?? {});
    expect(sent).toContain('content-type');
    expect(sent).not.toContain('x-request-id');
    expect(sent).not.toContain('traceparent');
  });

  it('that fails is told as the failure of no request', async () => {
    receiver.status = 400;
    await using app = await bootApp(PensModule, { env: receiver.env });
    await app.request('GET', '/pens', undefined, { 'x-request-id': 'req-1' });

    const record = await app.waitForLog(({ msg }) => String(msg).startsWith('Spans are lost'));
    expect(record).not.toHaveProperty('request_id');
    expect(record).not.toHaveProperty('trace_id');
  });

  it('is no span of its own, also beside another SDK', async () => {
    registerOtherSdk();
    await using app = await bootApp(PensModule, { env: receiver.env });
    for (const count of [1, 2, 3]) {
      await app.request('GET', '/pens');
      await waitUntil(() => receiver.named('GET /pens').length === count, { what: `the span of request ${count}` });
    }

    expect(receiver.spans.filter(({ kind }) => kind === 'client')).toEqual([]);
  });

  it('is suppressed for whoever makes spans of HTTP calls by OpenTelemetry’s API', async () => {
    const seen: unknown[] = [];
    const tracing = new Tracing({
      url: `${receiver.url}/v1/traces`,
      serviceName: 'shop',
      protocol: 'http/json',
      scheduleDelay: '1ms',
      headers: () => {
        const isRecorded = trace.getTracer('instrumentation').startSpan('POST').isRecording();
        seen.push({ isRecorded, requestId: requestContext()?.requestId });
        return {};
      },
    });
    await tracing.open();
    runInContext({}, () => undefined, { name: 'job' });
    await receiver.span('job');
    await tracing.close();

    expect(seen).toEqual([{ isRecorded: false, requestId: undefined }]);
  });
});

describe('closed tracing', () => {
  it('leaves no connection to the receiver open', async () => {
    const tracing = new Tracing({ url: `${receiver.url}/v1/traces`, serviceName: 'shop', protocol: 'http/json' });
    await tracing.open();
    runInContext({}, () => undefined, { name: 'job' });
    await tracing.close();
    expect(receiver.named('job')).toHaveLength(1);
    // Before the receiver itself would end one, after 5 s.
    await waitUntil(async () => (await receiver.connections()) === 0, { what: 'no connection', timeout: 3000 });
  });

  it.each<[string, (receiver: OtlpReceiver) => Promise<string>]>([
    ['refuses connections', async () => `http://127.0.0.1:${await freePort()}`],
    ['never answers', async (silent) => Object.assign(silent, { status: 0 }).url],
    ['is overloaded', async (busy) => Object.assign(busy, { status: 503 }).url],
    ['refuses spans', async (strict) => Object.assign(strict, { status: 400 }).url],
  ])('holds no process and tells the loss once when the receiver %s', async (_, urlOf) => {
    const RECEIVER = `${await urlOf(receiver)}/v1/traces`;
    const script = runNode(join(import.meta.dirname, 'closed-tracing.mjs'), { env: { RECEIVER } });
    const { holds } = await script.waitForLog('closed');
    expect(await script.exited).toEqual({ code: 0, signal: null });

    expect(holds).toEqual([]);
    expect(`${script.stdout}${script.stderr}`.match(/spans are lost/gi)).toHaveLength(1);
  });
});
