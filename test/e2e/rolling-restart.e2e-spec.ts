import { describe, expect, it } from '@jest/globals';
import { type Balancing, Clients, type Tally } from './clients.js';
import { Replicas } from './replicas.js';

const WORKERS = 32;
const TIMES = 10;

async function restartUnderLoad(
  env: Record<string, string>,
  balancing: Balancing,
  { propagationMs, times }: { propagationMs: number; times: number },
): Promise<Tally & { codes: (number | null)[] }> {
  const replicas = new Replicas(env, propagationMs);
  await replicas.start(2);
  const clients = new Clients(replicas, balancing, WORKERS);
  const codes: (number | null)[] = [];
  for (let time = 0; time < times; time++) {
    for (const exit of await replicas.rollingRestart()) codes.push(exit.code);
  }
  const tally = await clients.stop();
  for (const exit of await replicas.stop()) codes.push(exit.code);
  return { ...tally, codes };
}

describe.each(['fastify', 'express'])('a rolling restart under load on %s', (adapter) => {
  it.each(['request', 'connection'] as const)(
    'fails no request when the balancer picks by %s',
    async (balancing) => {
      const env = { HTTP_ADAPTER: adapter, SHUTDOWN_DRAIN_DELAY: '600ms' };
      const pace = { propagationMs: 300, times: TIMES };
      const { total, failed, codes } = await restartUnderLoad(env, balancing, pace);
      expect(failed).toEqual([]);
      expect(codes).toEqual(Array.from({ length: 2 * TIMES + 2 }, () => 0));
      expect(total).toBeGreaterThan(1000);
    },
    120_000,
  );

  it('loses requests when the balancer is slower than the drain delay', async () => {
    const env = { HTTP_ADAPTER: adapter, SHUTDOWN_DRAIN_DELAY: '100ms' };
    const { failed } = await restartUnderLoad(env, 'request', { propagationMs: 1500, times: 1 });
    expect(failed.length).toBeGreaterThan(0);
  }, 30_000);
});
