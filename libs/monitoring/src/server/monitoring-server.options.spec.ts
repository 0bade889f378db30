import { describe, expect, it } from '@jest/globals';
import { Metrics } from '@eggybyte/observability';
import { HealthRegistry } from '../health/health-registry.js';
import { resolveServerOptions } from './monitoring-server.options.js';

const needed = { health: new HealthRegistry(), metrics: new Metrics(), state: () => 'ready' as const };

describe('resolveServerOptions', () => {
  it('needs only what it tells of', () => {
    expect(resolveServerOptions(needed)).toEqual({
      host: '0.0.0.0',
      port: 9090,
      service: 'unknown',
      version: 'unknown',
      environment: 'unknown',
      stallLimitMs: 10_000,
      maxConnections: 1024,
      adminToken: expect.any(Function),
      relaxed: false,
    });
    expect(resolveServerOptions(needed).adminToken()).toBeUndefined();
  });

  it.each([
    { port: -1 },
    { port: 65_536 },
    { port: 1.5 },
    { port: '80' as unknown as number },
    { maxConnections: 255 },
    { stallLimit: 0 },
  ])('refuses %p', (wrong) => {
    expect(() => resolveServerOptions({ ...needed, ...wrong })).toThrow(
      expect.objectContaining({ code: 'EGGY_ARGUMENT' }),
    );
  });
});
