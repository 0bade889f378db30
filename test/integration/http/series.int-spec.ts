import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Controller, Get, Param } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/wait-until.js';
import { FRAMEWORKS, startWorld, type World } from './http-world.js';

const ADDRESSES = 50_000;
const CONNECTIONS = 10;
const AT_ONCE = 250;

/** What each answer begins with. */
const ANSWER = 'HTTP/1.1 ';

@Controller('items')
class ItemsController {
  @Get(':id')
  get(@Param('id') id: string): string {
    return id;
  }
}

describe.each(FRAMEWORKS)('the metrics of requests on %s', (framework) => {
  it('adds no series for 50 000 random addresses', async () => {
    const world = await startWorld(framework, { controllers: [ItemsController], level: 'warn' });
    await askRandomAddresses(world, CONNECTIONS * 2, 2);
    const before = await seriesOf(world);
    await askRandomAddresses(world, ADDRESSES, AT_ONCE);
    // The last ones are counted just after their answers are there.
    const isCounted = async (): Promise<boolean> => (await seriesOf(world)).requests === before.requests + ADDRESSES;
    await waitUntil(isCounted, { what: `${ADDRESSES} counted requests` });

    expect((await seriesOf(world)).names).toEqual(before.names);
    expect(before.names).toEqual([
      'http_request_method="GET",http_route="/items/:id",http_response_status_code="200"',
      'http_request_method="GET",http_route="unmatched",http_response_status_code="404"',
    ]);
  }, 120_000);
});

/** The half of them is of a route with a parameter, the other of none. */
async function askRandomAddresses({ port }: World, total: number, atOnce: number): Promise<void> {
  const each = total / CONNECTIONS;
  await Promise.all(Array.from({ length: CONNECTIONS }, () => askOnOneConnection(port, each, atOnce)));
}

async function askOnOneConnection(port: number, total: number, atOnce: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const answers = { count: 0, rest: '' };
  socket.setEncoding('latin1').on('data', (text: string) => {
    const parts = (answers.rest + text).split(ANSWER);
    answers.count += parts.length - 1;
    answers.rest = (parts.at(-1) ?? '').slice(-ANSWER.length);
  });
  await once(socket, 'connect');
  for (let sent = 0; sent < total; sent += atOnce) {
    const paths = Array.from(
      { length: atOnce },
      (_, n) => `${n % 2 === 0 ? '/items' : ''}/${randomBytes(9).toString('hex')}`,
    );
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''));
    while (answers.count < sent + atOnce) await once(socket, 'data');
  }
  socket.destroy();
}

async function seriesOf({ metrics }: World): Promise<{ names: string[]; requests: number }> {
  const text = await metrics.registry.metrics();
  const counts = [...text.matchAll(/^http_server_request_duration_seconds_count\{(.*)\} (\d+)$/gm)];
  return {
    names: counts.map(([, labels = '']) => labels).toSorted(),
    requests: counts.reduce((sum, [, , count]) => sum + Number(count), 0),
  };
}
