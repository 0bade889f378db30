import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { type NodeProcess, runProgram } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { users } from './users-service.js';

const LIMITED = join(import.meta.dirname, 'fixtures/limited-service.mjs');

interface Limited {
  process: NodeProcess;
  url: string;
  monitoringUrl: string;
}

/** Runs the service by a shell, which sets what `before` says; `after` says where its output goes. */
async function startLimited(
  { before = 'true', node = '', after = '' },
  env: Record<string, string> = {},
): Promise<Limited> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const ports = { PORT: String(port), METRICS_PORT: String(metricsPort) };
  const command = `${before} && exec "${process.execPath}" ${node} "${LIMITED}" ${after}`;
  return {
    process: runProgram('sh', ['-c', command], { env: users({ ...ports, ...env }) }),
    url: `http://127.0.0.1:${port}`,
    monitoringUrl: `http://127.0.0.1:${metricsPort}`,
  };
}

async function isReady({ process: service, monitoringUrl }: Limited): Promise<void> {
  await service.waitForAnswer(`${monitoringUrl}/readyz`);
}

async function get({ url }: Limited, path: string): Promise<string> {
  const answer = await fetch(url + path);
  expect(answer.status).toBe(200);
  return answer.text();
}

async function stopsCleanly({ process: service }: Limited): Promise<void> {
  service.signal('SIGTERM');
  expect(await service.exited).toEqual({ code: 0, signal: null });
  expect(service.stderr).toBe('opened\nclosed\n');
}

describe('a service whose log goes to a full disk', () => {
  it('starts, serves, does not spin, and stops with 0', async () => {
    const service = await startLimited({ after: '> /dev/full' });
    await isReady(service);
    expect(await get(service, '/talk?lines=20000')).toBe('told');

    const before = Number(await get(service, '/cpu'));
    await sleep(1000);
    // CPU time, which other processes do not take away: a loop of attempts would use all of the second.
    expect(Number(await get(service, '/cpu')) - before).toBeLessThan(600);
    await stopsCleanly(service);
  });

  it('keeps no line that cannot be written', async () => {
    // A heap that 300,000 lines do not fit into.
    const service = await startLimited({ node: '--max-old-space-size=96', after: '> /dev/full' });
    await isReady(service);
    for (let time = 0; time < 6; time++) expect(await get(service, '/talk?lines=50000')).toBe('told');
    await stopsCleanly(service);
  });
});

/** Why no file system of a few kilobytes can be made here. */
function noMounts(): string | undefined {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', tmpdir()], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = noMounts();

(reason ? describe.skip : describe)(`a log file${reason ? `, left out: ${reason}` : ''}`, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'full-disk-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('that fills its disk stops nothing; what was lost is told once there is space again', async () => {
    const mount = `mount -t tmpfs -o size=64k none "${folder}"`;
    const inside = `${mount} && exec "${process.execPath}" "${LIMITED}" >> "${folder}/log"`;
    const [port, metricsPort] = [await freePort(), await freePort()];
    const env = users({ PORT: String(port), METRICS_PORT: String(metricsPort) });
    const service: Limited = {
      process: runProgram('unshare', ['--mount', 'sh', '-c', inside], { env }),
      url: `http://127.0.0.1:${port}`,
      monitoringUrl: `http://127.0.0.1:${metricsPort}`,
    };
    await isReady(service);
    // The disk is only there for the service itself.
    const log = `/proc/${service.process.pid}/root${folder}/log`;
    expect(await get(service, '/talk?lines=5000')).toBe('told');
    expect((await stat(log)).size).toBe(65_536);
    expect(await get(service, '/here')).toBe('here');

    const file = await open(log, 'r+');
    await file.truncate();
    await file.close();
    await get(service, '/talk?lines=1');
    await waitUntil(async () => (await readFile(log, 'utf8')).includes('log records were lost'), { what: 'the loss' });
    // Read by a descriptor of its own, as the folder is gone with the service.
    const rest = await open(log);
    await stopsCleanly(service);
    const lines = (await rest.readFile('utf8')).split('\n').filter((line) => line !== '');
    await rest.close();
    const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.filter(({ msg }) => msg === 'log records were lost')).toMatchObject([
      { level: 'warn', lost: expect.any(Number) },
    ]);
    expect(records.at(-1)).toMatchObject({ msg: 'stopped', code: 0 });
  });
});

interface Client {
  socket: Socket;
  /** Answers that came so far. */
  answers: number;
  closed: boolean;
}

function ask({ socket }: Client): void {
  socket.write('GET /here HTTP/1.1\r\nHost: a\r\n\r\n');
}

function connectTo({ url }: Limited): Client {
  const client: Client = { socket: connect(Number(new URL(url).port), '127.0.0.1'), answers: 0, closed: false };
  client.socket
    .setEncoding('utf8')
    .on('connect', () => ask(client))
    .on('data', (part: string) => (client.answers += part.match(/HTTP\/1\.1 200/g)?.length ?? 0))
    .on('error', () => undefined)
    .on('close', () => (client.closed = true));
  return client;
}

describe.each(['fastify', 'express'])('a service on %s without further descriptors', (adapter) => {
  it('serves the clients that it has, turns others away, and takes new ones when those have gone', async () => {
    const service = await startLimited({ before: 'ulimit -n 64' }, { HTTP_ADAPTER: adapter });
    await isReady(service);
    const clients = Array.from({ length: 200 }, () => connectTo(service));
    const settled = (): boolean => clients.every(({ answers, closed }) => answers > 0 || closed);
    await waitUntil(settled, { timeout: 20_000, what: 'an answer or an end for each client' });
    const held = clients.filter(({ closed }) => !closed);
    expect(held.length).toBeGreaterThan(0);
    expect(held.length).toBeLessThan(64);

    for (const client of held) ask(client);
    await waitUntil(() => held.every(({ answers }) => answers === 2), { what: 'a second answer for each' });
    for (const { socket } of clients) socket.destroy();
    await isReady(service);
    await service.process.waitForAnswer(`${service.url}/here`);
    await stopsCleanly(service);
    expect(service.process.logs.filter(({ level }) => level === 'fatal')).toEqual([]);
  });
});

describe('a start with few descriptors', () => {
  it.each([0, 1, 2, 3, 5])('gets ready or says why it cannot, never hangs, with %i left', async (left) => {
    const env = { DESCRIPTORS: String(left), SHUTDOWN_TIMEOUT: '3s' };
    const service = await startLimited({ before: 'ulimit -n 64' }, env);
    const ready = await service.process.waitForLog('ready').catch(() => undefined);
    if (ready) service.process.signal('SIGTERM');

    expect(await service.process.exited).toEqual({ code: ready ? 0 : 1, signal: null });
    const fatal = service.process.logs.filter(({ level }) => level === 'fatal');
    expect(fatal).toHaveLength(ready ? 0 : 1);
    if (!ready) expect(JSON.stringify(fatal)).toMatch(/EMFILE|too many open files/);
  });
});

describe('a heap that is full', () => {
  it.each([
    ['at the start', 16],
    ['while it serves', 64],
  ])('ends the process at once, %s, with the words of V8 and a code that is not 0', async (when, megabytes) => {
    const service = await startLimited({ before: 'ulimit -c 0', node: `--max-old-space-size=${megabytes}` });
    if (when === 'while it serves') {
      await isReady(service);
      await expect(fetch(`${service.url}/eat`)).rejects.toThrow('fetch failed');
    }

    // An abort() of V8: no code runs any more, so neither a fatal record nor a stop in order can be promised.
    expect((await service.process.exited).code).not.toBe(0);
    expect(service.process.stderr).toContain('JavaScript heap out of memory');
  });
});

describe.each(['fastify', 'express'])('a client on %s that resets its connection while it is written to', (adapter) => {
  it('harms nobody else', async () => {
    const service = await startLimited({}, { HTTP_ADAPTER: adapter });
    await isReady(service);
    for (let time = 0; time < 3; time++) {
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
      socket.write('GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
      await new Promise((resolve) => socket.once('data', resolve));
      socket.pause();
      socket.resetAndDestroy();
    }

    expect(await get(service, '/here')).toBe('here');
    await waitUntil(() => aborted(service).length === 3, { what: 'three records of aborted requests' });
    await stopsCleanly(service);
    expect(service.process.logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});

function aborted({ process: { logs } }: Limited): unknown[] {
  return logs.filter((record) => record['aborted'] === true);
}
