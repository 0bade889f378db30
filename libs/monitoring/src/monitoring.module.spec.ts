import { beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Logger, Module, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { LauncherEvents } from '@eggybyte/lifecycle';
import { type AdminAnswer, AdminEndpoint, HealthChecker, Metrics } from '@eggybyte/observability';
import { HealthRegistry } from './health/health-registry.js';
import { EggyMonitoringModule } from './monitoring.module.js';
import { MonitoringServer } from './server/monitoring-server.js';

@HealthChecker({ name: 'search', critical: false })
class SearchHealth implements HealthChecker {
  async check(): Promise<void> {}
}

@HealthChecker({ name: 'queue', critical: true })
class QueueHealth implements HealthChecker {
  readonly critical = false;
  async check(): Promise<void> {}
}

@Module({ providers: [SearchHealth, QueueHealth] })
class UsersModule {}

const boot = async (...imports: Parameters<typeof Test.createTestingModule>[0]['imports'] & object) => {
  const app = await Test.createTestingModule({ imports: [...imports] }).compile();
  return app.init();
};

beforeAll(() => Logger.overrideLogger(false));

describe('EggyMonitoringModule', () => {
  it('runs the marked providers of any module', async () => {
    const app = await boot(EggyMonitoringModule.forRoot({}), UsersModule);
    const health = app.get(HealthRegistry);
    await health.firstResults();
    expect(health.checks).toEqual([
      { name: 'search', critical: false, state: 'up', reason: undefined },
      { name: 'queue', critical: false, state: 'up', reason: undefined },
    ]);
    await app.close();
  });

  it('provides Metrics and HealthRegistry everywhere', async () => {
    @Injectable()
    class Sales {
      constructor(
        readonly metrics: Metrics,
        readonly health: HealthRegistry,
      ) {}
    }
    @Module({ providers: [Sales] })
    class SalesModule {}
    const app = await boot(SalesModule, EggyMonitoringModule.forRootAsync({ useFactory: () => ({}) }));
    expect(app.get(Sales, { strict: false }).metrics).toBeInstanceOf(Metrics);
    await app.close();
  });

  it('uses what was made before the container, and leaves its stop to its maker', async () => {
    const health = new HealthRegistry();
    const metrics = new Metrics();
    const app = await boot(EggyMonitoringModule.forRoot({ health, metrics }), UsersModule);
    expect(app.get(HealthRegistry)).toBe(health);
    expect(app.get(Metrics)).toBe(metrics);
    await app.close();
    health.add({ name: 'late' }, { check: async () => undefined });
    await health.firstResults();
    expect(health.checks.map(({ state }) => state)).toEqual(['up', 'up', 'up']);
    health.stop();
  });

  it('waits for the launcher to be ready where there is one', async () => {
    const events = new LauncherEvents();
    const app = await boot(EggyMonitoringModule.forRoot({ events }), UsersModule);
    const health = app.get(HealthRegistry);
    await health.firstResults();
    expect(health.checks[0]?.state).toBe('pending');
    events.emit({ kind: 'state.changed', from: 'starting', to: 'ready' });
    await health.firstResults();
    expect(health.checks[0]?.state).toBe('up');
    await app.close();
  });

  it('fails the start when two checks have one name', async () => {
    @HealthChecker({ name: 'search' })
    class Twin implements HealthChecker {
      async check(): Promise<void> {}
    }
    @Module({ providers: [Twin] })
    class TwinModule {}
    await expect(boot(EggyMonitoringModule.forRoot({}), UsersModule, TwinModule)).rejects.toMatchObject({
      code: 'EGGY_MONITORING_CHECK_TWICE',
    });
  });

  it('fails the start when a check is request-scoped', async () => {
    @Injectable({ scope: Scope.REQUEST })
    @HealthChecker({ name: 'scoped' })
    class Scoped implements HealthChecker {
      async check(): Promise<void> {}
    }
    @Module({ providers: [Scoped] })
    class ScopedModule {}
    await expect(boot(EggyMonitoringModule.forRoot({}), ScopedModule)).rejects.toMatchObject({
      code: 'EGGY_LIFECYCLE_SCOPE',
    });
  });

  describe('admin endpoints', () => {
    @AdminEndpoint({ path: '/queues' })
    class Queues implements AdminEndpoint {
      handle(): AdminAnswer {
        return { body: ['orders'] };
      }
    }
    @Module({ providers: [Queues] })
    class QueueModule {}
    const server = () =>
      new MonitoringServer({ health: new HealthRegistry(), metrics: new Metrics(), state: () => 'ready', port: 0 });

    it('of any module are added to the server that was made before the container', async () => {
      const given = server();
      const app = await boot(EggyMonitoringModule.forRoot({ server: given }), QueueModule);
      const add = (path: `/${string}`) => () => given.addEndpoint(path, new Queues());
      expect(add('/queues')).toThrow(expect.objectContaining({ code: 'EGGY_MONITORING_ENDPOINT_TWICE' }));
      expect(add('/other')).not.toThrow();
      await app.close();
      await given.close();
    });

    it('fail the start when two have one path', async () => {
      const given = server();
      given.addEndpoint('/queues', new Queues());
      await expect(boot(EggyMonitoringModule.forRoot({ server: given }), QueueModule)).rejects.toMatchObject({
        code: 'EGGY_MONITORING_ENDPOINT_TWICE',
        message: expect.stringContaining('/queues'),
      });
      await given.close();
    });

    it('are nowhere where nothing is served', async () => {
      const app = await boot(EggyMonitoringModule.forRoot({}), QueueModule);
      expect(app.get(Queues, { strict: false })).toBeInstanceOf(Queues);
      await app.close();
    });
  });
});
