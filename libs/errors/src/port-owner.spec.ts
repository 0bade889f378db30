import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { portOwner } from './port-owner.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return (server.address() as { port: number }).port;
}

describe('portOwner', () => {
  it.each(['127.0.0.1', '0.0.0.0'])('knows a port of this process on %s, where the system tells', async (host) => {
    expect(await portOwner(await listening(host))).toBe(
      process.platform === 'linux' ? 'this process itself' : undefined,
    );
  });

  it.each([0, -1, 70_000, Number.NaN])('knows nobody on port %s', async (port) => {
    expect(await portOwner(port)).toBeUndefined();
  });

  it('knows nobody on a port that was closed', async () => {
    const port = await listening('127.0.0.1');
    await new Promise((resolve) => {
      servers.pop()?.close(resolve);
    });
    expect(await portOwner(port)).toBeUndefined();
  });
});
