import { describe, expect, it } from '@jest/globals';
import { Clients } from './clients.js';
import { Replicas } from './replicas.js';

/** Of each way: with as many requests under way at any moment, and processors left for the replicas that start. */
const WORKERS = 8;
const TIMES = 10;

/** What became of the requests of either way of balancing, and of the processes. */
async function restartUnderLoad(
  env: Record<string, string>,
  { propagationMs, times }: { propagationMs: number; times: number },
) {
  const replicas = new Replicas(env, propagationMs);
  await replicas.start(2);
  const clients = {
    byRequest: new Clients(replicas, 'request', WORKERS),
    byConnection: new Clients(replicas, 'connection', WORKERS),
  };
  const codes = (await replicas.rollingRestart(times)).map(({ code }) => code);
  const [byRequest, byConnection] = await Promise.all([clients.byRequest.stop(), clients.byConnection.stop()]);
  for (const exit of await replicas.stop()) codes.push(exit.code);
  return { byRequest, byConnection, codes };
}

describe.each(['fastify', 'express'])('a rolling restart under load on %s', (adapter) => {
  it('fails no request, whether the balancer picks by request or by connection', async () => {
    // The margin is for this process too, which is the balancer and may be late on a busy machine.
    const env = { HTTP_ADAPTER: adapter, SHUTDOWN_DRAIN_DELAY: '1s' };
    const tallies = await restartUnderLoad(env, { propagationMs: 300, times: TIMES });
    expect([...tallies.byRequest.failed, ...tallies.byConnection.failed]).toEqual([]);
    expect(tallies.codes).toEqual(Array.from({ length: 2 * TIMES + 2 }, () => 0));
    expect(tallies.byRequest.total).toBeGreaterThan(1000);
    expect(tallies.byConnection.total).toBeGreaterThan(1000);
  }, 180_000);

  it('loses requests when the balancer is slower than the drain delay', async () => {
    const env = { HTTP_ADAPTER: adapter, SHUTDOWN_DRAIN_DELAY: '100ms' };
    const { byRequest } = await restartUnderLoad(env, { propagationMs: 1500, times: 1 });
    expect(byRequest.failed.length).toBeGreaterThan(0);
  }, 30_000);
});
