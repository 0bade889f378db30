import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '@eggybyte/observability';
import { HealthRegistry } from '../health/health-registry.js';
import { EventStreams } from './event-streams.js';
import { Overview } from './overview.js';

const application = { service: 'shop', version: '1', environment: 'test' };
const sources = { application, health: new HealthRegistry(), metrics: new Metrics(), state: () => 'ready' as const };

let server: Server;
let streams: EventStreams;
let responses: ServerResponse[];
let mayRead: boolean;
let answers: IncomingMessage[];
beforeEach(() => {
  const overview = new Overview(sources);
  const long = { ...overview.now(), more: 'x'.repeat(256 * 1024) };
  const source = { report: () => overview.report(), now: () => long, samplesAfter: () => [] };
  streams = new EventStreams(source, 1);
  responses = [];
  mayRead = true;
  answers = [];
  server = createServer((_request, response) => {
    responses.push(response);
    streams.open(response, () => mayRead);
  }).listen(0, '127.0.0.1');
});
afterEach(() => {
  streams.close();
  // One that does not read does not notice that its connection has ended either.
  for (const answer of answers) answer.destroy();
  server.closeAllConnections();
  server.close();
});

async function open(): Promise<IncomingMessage> {
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const call = get({ port, host: '127.0.0.1', agent: false });
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  answer.on('error', () => undefined);
  answers.push(answer);
  return answer;
}

describe('EventStreams', () => {
  it('lets go of a reader that does not read, and not of one that does', async () => {
    const [idle, busy] = [await open(), await open()];
    busy.resume();
    idle.pause();
    const [idleSide, busySide] = responses as [ServerResponse, ServerResponse];
    await once(idleSide, 'close');
    expect(busySide.destroyed).toBe(false);
    let more = 0;
    busy.on('data', (chunk: Buffer) => (more += chunk.length));
    await once(busy, 'data');
    expect(more).toBeGreaterThan(0);
  });

  it('ends for a reader who may know no more', async () => {
    const reader = await open();
    reader.resume();
    mayRead = false;
    await once(reader, 'end');
    expect(reader.complete).toBe(true);
  });

  it('takes no reader once it is closed', async () => {
    streams.close();
    const refused = streams.open(undefined as never, () => true);
    expect(refused).toMatchObject({ status: 503, headers: { 'Retry-After': '5' } });
  });
});
