import 'reflect-metadata';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthIndicatorService, MemoryHealthIndicator, TerminusModule } from '@nestjs/terminus';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { EggyMonitoringModule, fromTerminus } from '@eggybyte/monitoring';
import { type AdminAnswer, AdminEndpoint, HealthChecker, Metrics } from '@eggybyte/observability';
import { type Counter, register } from 'prom-client';
import { freePort } from '../../support/free-port.js';
import { ask } from './raw-http.js';

beforeAll(() => Logger.overrideLogger(false));
afterEach(() => register.clear());

const QUIET = { logger: false, abortOnError: false } as const;

@HealthChecker({ name: 'heap', critical: false })
class HeapHealth implements HealthChecker {
  readonly check = fromTerminus(() => this.memory.checkHeap('heap', 1));
  constructor(private readonly memory: MemoryHealthIndicator) {}
}

@HealthChecker({ name: 'own' })
class OwnHealth implements HealthChecker {
  readonly check = fromTerminus(() => this.indicators.check('own').attempt(async () => undefined));
  constructor(private readonly indicators: HealthIndicatorService) {}
}

@Injectable()
class Sales {
  constructor(
    @InjectMetric('users_sold_total') readonly global: Counter,
    readonly metrics: Metrics,
  ) {
    global.inc(3);
    metrics.counter('shop_sold_total', 'Products sold.', ['channel']).inc({ channel: 'web' }, 2);
  }
}

@Module({
  imports: [TerminusModule],
  providers: [HeapHealth, OwnHealth, Sales, makeCounterProvider({ name: 'users_sold_total', help: 'Sold.' })],
})
class ShopModule {}

async function boot(port: number) {
  @Module({ imports: [EggyMonitoringModule.forRoot({ host: '127.0.0.1', port, service: 'shop' }), ShopModule] })
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, QUIET);
}

describe('EggyMonitoringModule', () => {
  it('serves probes and metrics by itself, with no other part of the suite', async () => {
    const port = await freePort();
    const app = await boot(port);
    expect(await ask(port, '/readyz')).toMatchObject({ status: 200, body: 'ok' });
    expect((await ask(port, '/healthz?verbose')).body).toContain('[-]heap failed: failed (not critical)\n[+]own ok\n');
    const { body } = await ask(port, '/metrics');
    expect(body).toContain('\nusers_sold_total 3\n');
    expect(body).toContain('\nshop_sold_total{channel="web"} 2\n');
    expect(body).toContain('eggy_health_check_up{check="heap",critical="false"} 0\n');
    await app.close();
    await expect(ask(port, '/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is not ready before the application has started nor once it closes', async () => {
    const port = await freePort();
    const seen: [string, number][] = [];
    const look = async (when: string): Promise<void> => {
      seen.push([when, (await ask(port, '/readyz')).status]);
    };
    @Injectable()
    class Onlooker {
      onModuleInit = () => look('init');
      beforeApplicationShutdown = () => look('shutdown');
    }
    @Module({ imports: [EggyMonitoringModule.forRoot({ host: '127.0.0.1', port })], providers: [Onlooker] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, QUIET);
    await look('running');
    await app.close();
    expect(seen).toEqual([
      ['init', 503],
      ['running', 200],
      ['shutdown', 503],
    ]);
  });

  it('fails the start when its port is in use', async () => {
    const port = await freePort();
    const app = await boot(port);
    register.clear();
    await expect(boot(port)).rejects.toMatchObject({ code: 'EGGY_MONITORING_PORT_IN_USE' });
    await app.close();
  });

  it('serves the marked endpoints of any module to those who have the token', async () => {
    @AdminEndpoint({ path: '/queues' })
    class Queues implements AdminEndpoint {
      handle(): AdminAnswer {
        return { body: ['orders'] };
      }
    }
    @Module({ providers: [Queues] })
    class QueueModule {}
    const port = await freePort();
    const adminToken = (): string => 'sesame';
    @Module({ imports: [EggyMonitoringModule.forRoot({ host: '127.0.0.1', port, adminToken }), QueueModule] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, QUIET);
    expect(await ask(port, '/queues')).toMatchObject({ status: 404, body: 'not found\n' });
    const answer = await ask(port, '/queues', 'GET', { Authorization: 'Bearer sesame' });
    expect(answer).toMatchObject({ status: 200, body: '["orders"]' });
    await app.close();
  });

  it('tells of a check that ignores the stop, and stops all the same', async () => {
    @HealthChecker({ name: 'deaf' })
    class DeafHealth implements HealthChecker {
      check = (): Promise<never> => new Promise(() => undefined);
    }
    @Module({ imports: [EggyMonitoringModule.forRoot({})], providers: [DeafHealth] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, QUIET);
    const told: unknown[] = [];
    const ignore = (): void => undefined;
    Logger.overrideLogger({ log: ignore, warn: ignore, error: (message: unknown) => void told.push(message) });
    await app.close();
    Logger.overrideLogger(false);
    expect(told).toEqual([
      { msg: expect.stringMatching(/^Health check `deaf` did not end within \d+ ms of its abort/), check: 'deaf' },
    ]);
  });
});
