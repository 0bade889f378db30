import 'reflect-metadata';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { EggyCoreModule, Metrics } from '@eggybyte/core';
import { bootApp } from '@eggybyte/testing';

const REQUESTS = 'http_server_request_duration_seconds';

@Controller()
class PlainController {
  @Get()
  get(): string {
    return 'plain';
  }
}

describe.each(['fastify', 'express'] as const)('probes and metrics beside %s', (adapter) => {
  it('leave no access record and are not counted, and a request does and is', async () => {
    @Module({ imports: [EggyCoreModule.forRoot()], controllers: [PlainController] })
    class AppModule {}
    await using app = await bootApp(AppModule, { adapter });
    for (const path of ['/livez', '/readyz', '/healthz', '/startupz', '/metrics', '/nothing']) await app.probe(path);
    const counted = (labels = {}): Promise<number | undefined> => app.metric(REQUESTS, labels);
    expect(await counted()).toBeUndefined();
    await app.request('GET', '/');
    await app.waitForLog('request');
    expect(app.logs.filter(({ context }) => context === 'AccessLog')).toMatchObject([{ path: '/', status: 200 }]);
    expect([await counted(), await counted({ http_route: '/' })]).toEqual([1, 1]);
  });
});

describe('a metric', () => {
  const asking = (ask: (metrics: Metrics) => void): Promise<unknown> => {
    @Injectable()
    class Sales {
      constructor(metrics: Metrics) {
        ask(metrics);
      }
    }
    @Module({ imports: [EggyCoreModule.forRoot()], providers: [Sales] })
    class AppModule {}
    return bootApp(AppModule);
  };

  it('that cannot be made fails the start, by its name', async () => {
    await expect(asking((metrics) => metrics.counter('sold-total', 'Sold.'))).rejects.toMatchObject({
      code: 'EGGY_OBSERVABILITY_METRIC_NAME',
      message: expect.stringContaining('`sold-total`'),
    });
  });

  it('that exists as another kind fails it too, also one of the suite', async () => {
    await expect(asking((metrics) => metrics.gauge(REQUESTS, 'Mine.'))).rejects.toMatchObject({
      code: 'EGGY_OBSERVABILITY_METRIC',
      message: expect.stringContaining(REQUESTS),
    });
  });
});
