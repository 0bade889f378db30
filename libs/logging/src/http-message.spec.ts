import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { createRootLogger } from './root-logger.js';

it('a message of HTTP is written by what it says, and its secrets are not', async () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const root = createRootLogger({ service: 's', environment: 'e', version: 'v', destination });
  const told = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    res.setHeader('set-cookie', 'sid=s3cret');
    root.info({ req, res }, 'served');
    root.info(req);
    res.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const headers = { cookie: 'sid=s3cret', 'x-api-key': 's3cret', accept: 'text/plain' };
  const request = get({ host: '127.0.0.1', port, path: '/a?token=s3cret', headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  server.close();

  const asked = { cookie: '[REDACTED]', 'x-api-key': '[REDACTED]', accept: 'text/plain' };
  expect(told()).toMatchObject({ method: 'GET', url: '/a?token=[REDACTED]', headers: asked });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    msg: 'served',
    req: { method: 'GET', url: '/a?token=[REDACTED]', headers: asked },
    res: { statusCode: 200, headers: { 'set-cookie': '[REDACTED]' } },
  });
  root.info({ request, response }, 'answered');
  expect(told()).toMatchObject({
    request: { method: 'GET', host: '127.0.0.1', path: '/a?token=[REDACTED]', headers: asked },
    response: { statusCode: 200, headers: { 'set-cookie': '[REDACTED]' } },
  });
  expect(lines.join('')).not.toContain('s3cret');
});
