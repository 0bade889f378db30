import { join } from 'node:path';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { freePort } from '../support/free-port.js';
import { runNode } from '../support/run-node.js';
import { users } from './users-service.js';

const HYBRID = join(import.meta.dirname, 'fixtures/hybrid-service.mjs');

describe('an application with a connected microservice', () => {
  it.each([
    ['before', ['microservice started', 'initializer']],
    ['service', ['initializer', 'microservice started']],
  ])(
    'is adopted, answers messages, finishes the one at hand after SIGTERM, and ends with 0 (%s)',
    async (WHEN, start) => {
      const port = await freePort();
      const service = runNode(HYBRID, { env: users({ WHEN, TCP_PORT: String(port) }) });
      const { monitoring_url: monitoringUrl } = await service.waitForLog('ready');
      const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
      const send = () => firstValueFrom(client.send<number>('sum', [1, 2, 3]));
      expect(await send()).toBe(6);
      expect((await fetch(`${String(monitoringUrl)}/readyz`)).status).toBe(200);

      const last = send();
      last.catch(() => undefined);
      const messages = (): number => service.logs.filter(({ msg }) => msg === 'message').length;
      await service.waitForLog(() => messages() === 2);
      service.signal('SIGTERM');
      expect(await last).toBe(6);
      expect(await service.exited).toEqual({ code: 0, signal: null });
      await client.close();
      const told = service.logs.filter(({ context }) => context === 'Hybrid').map(({ msg }) => msg);
      expect(told).toEqual([...start, 'message', 'answered', 'message', 'answered', 'closed']);
    },
  );
});
