import { createHash } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { suiteHistogram } from '@eggybyte/observability';
import { waitUntil } from '../../support/wait-until.js';
import { ask } from './raw-http.js';
import { fails, Serving, works } from './serving.js';

const TOKEN = 'correct-horse-battery';
const BEARER = { Authorization: `Bearer ${TOKEN}` };
const PATHS = ['/', '/overview', '/events', '/info'];

let serving: Serving;
beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  serving = await Serving.start({
    adminToken: () => TOKEN,
    service: 'shop',
    version: '1.2.3',
    build: { commit: 'abc123', builtAt: '2026-01-01T00:00:00Z' },
  });
});
afterEach(() => serving[Symbol.asyncDispose]());

const json = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse((await ask(serving.port, path, 'GET', BEARER)).body) as Record<string, unknown>;

interface Event {
  kind: string;
  overview: Record<string, unknown>;
  samples?: unknown[];
}

/** Reads a stream of events as a browser does. */
class Reader {
  readonly events: Event[] = [];
  ended = false;

  private constructor(readonly answer: IncomingMessage) {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      text += chunk;
      for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
        this.events.push(JSON.parse(text.slice(0, at).replace(/^data: /, '')) as Event);
        text = text.slice(at + 2);
      }
    });
    answer.on('close', () => (this.ended = true));
    answer.on('error', () => undefined);
  }

  static open(headers: Record<string, string> = BEARER): Promise<Reader> {
    const { promise, resolve, reject } = Promise.withResolvers<Reader>();
    const options = { host: '127.0.0.1', port: serving.port, path: '/events', headers, agent: false };
    get(options, (answer) => resolve(new Reader(answer))).on('error', reject);
    return promise;
  }
}

describe('what is for operators', () => {
  it.each(PATHS)('is nothing at %s for all others', async (path) => {
    const nothing = await ask(serving.port, '/nothing');
    for (const method of ['GET', 'HEAD']) {
      for (const headers of [{}, { Authorization: 'Bearer wrong' }, { Host: 'localhost' }]) {
        const { status, body } = await ask(serving.port, path, method, headers);
        expect([status, body]).toEqual([404, method === 'GET' ? nothing.body : '']);
      }
    }
  });

  it('is a page whose script and style are the only ones that may run, at /', async () => {
    const { status, headers, body } = await ask(serving.port, '/', 'GET', BEARER);
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    for (const [tag, source] of [
      ['script', 'script-src'],
      ['style', 'style-src'],
    ] as const) {
      const inline = [...body.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))];
      expect(inline).toHaveLength(1);
      const hash = createHash('sha256')
        .update(inline[0]?.[1] ?? '')
        .digest('base64');
      expect(policy).toContain(`${source} 'sha256-${hash}'`);
    }
    expect(headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    });
    expect(Buffer.byteLength(body)).toBeLessThan(150_000);
  });

  it('is the build and the runtime at /info', async () => {
    expect(await json('/info')).toMatchObject({
      service: 'shop',
      version: '1.2.3',
      build: { commit: 'abc123', commit_source: 'build', built_at: '2026-01-01T00:00:00Z' },
      runtime: { node: process.version, pid: process.pid },
    });
  });

  it('is how the application is at /overview', async () => {
    serving.add({ name: 'works' }, works).add({ name: 'broken', critical: false }, fails);
    serving.health.start();
    const requests = suiteHistogram(serving.metrics, 'http_server_request_duration_seconds');
    requests.observe({ http_request_method: 'GET', http_route: '/a', http_response_status_code: '500' }, 0.02);
    await waitUntil(async () => ((await json('/overview'))['samples'] as unknown[]).length > 0, {
      timeout: 20_000,
      what: 'a sample',
    });
    const overview = await json('/overview');
    expect(overview).toMatchObject({
      application: { service: 'shop', version: '1.2.3', state: 'ready', uptime_s: expect.any(Number) },
      checks: [
        { name: 'works', critical: true, state: 'up', runs: expect.any(Array) },
        { name: 'broken', critical: false, state: 'down', reason: 'failed' },
      ],
      routes: { rows: [{ method: 'GET', route: '/a', requests: 1, errors: 1 }], left_out: 0 },
      samples: expect.arrayContaining([expect.objectContaining({ rss_bytes: expect.any(Number) })]),
    });
    expect(JSON.stringify(overview)).not.toContain('s3cr3t');
  }, 30_000);
});

describe('the stream of what is new, at /events', () => {
  it('tells everything first, and then what has changed', async () => {
    const reader = await Reader.open();
    expect(reader.answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    await waitUntil(() => reader.events.length > 0, { what: 'the first event' });
    expect(reader.events[0]).toMatchObject({
      kind: 'overview',
      overview: { application: { state: 'ready' }, samples: [] },
    });
    serving.state = 'draining';
    await waitUntil(() => reader.events.some(({ overview }) => (overview['changes'] as unknown[]).length === 2), {
      what: 'the change',
    });
    const last = reader.events.at(-1);
    expect(last).toMatchObject({
      kind: 'update',
      overview: { application: { state: 'draining' } },
      samples: expect.any(Array),
    });
    expect(last?.overview).not.toHaveProperty('samples');
    reader.answer.destroy();
  });

  it('tells each reader each sample once', async () => {
    const readers = [await Reader.open(), await Reader.open()];
    const times = ({ events }: Reader): unknown[] =>
      events.flatMap(({ samples = [] }) => samples.map((sample) => (sample as { at_ms: number }).at_ms));
    await waitUntil(() => times(readers[1] as Reader).length >= 2, { timeout: 25_000, what: 'two samples' });
    const late = await Reader.open();
    await waitUntil(() => late.events.length > 0, { what: 'the first event' });
    for (const reader of readers) expect(new Set(times(reader)).size).toBe(times(reader).length);
    expect(late.events[0]?.overview).toHaveProperty('samples.1');
    for (const { answer } of [...readers, late]) answer.destroy();
  }, 40_000);

  it('has a place for 16 readers, and again when one has gone', async () => {
    const readers = await Promise.all(Array.from({ length: 16 }, () => Reader.open()));
    const { status, headers } = await ask(serving.port, '/events', 'GET', BEARER);
    expect([status, headers['retry-after']]).toEqual([503, '5']);
    readers[0]?.answer.destroy();
    await waitUntil(
      async () => {
        const next = await Reader.open();
        next.answer.destroy();
        return next.answer.statusCode === 200;
      },
      { what: 'a place' },
    );
    expect((await ask(serving.port, '/readyz')).status).toBe(200);
    for (const { answer } of readers) answer.destroy();
  });

  it('ends when the server closes, which does not wait for its readers', async () => {
    const reader = await Reader.open();
    await waitUntil(() => reader.events.length > 0, { what: 'the first event' });
    await serving.server.close();
    await waitUntil(() => reader.ended, { what: 'the end of the stream' });
    expect(reader.answer.complete).toBe(true);
  });
});

describe('a session, at /session', () => {
  const post = (headers: Record<string, string>, body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${serving.port}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const made = async (body = '{}'): Promise<{ path: string; url: string; expires_at: string }> => {
    const answer = await post(BEARER, body);
    expect(answer.status).toBe(200);
    return (await answer.json()) as never;
  };

  it('opens the page by its address, and all that the page asks for by a header', async () => {
    const { path, url } = await made();
    expect(url).toBe(`http://127.0.0.1:${serving.port}${path}`);
    expect((await fetch(url)).headers.get('content-type')).toBe('text/html; charset=utf-8');
    const session = new URL(url).searchParams.get('session') ?? '';
    for (const asked of ['/overview', '/info']) {
      expect((await ask(serving.port, asked, 'GET', { Authorization: `Bearer ${session}` })).status).toBe(200);
      expect((await ask(serving.port, `${asked}?session=${session}`)).status).toBe(404);
    }
    const reader = await Reader.open({ Authorization: `Bearer ${session}` });
    await waitUntil(() => reader.events.length > 0, { what: 'the first event' });
    reader.answer.destroy();
  });

  it('lasts an hour, or as long as is asked for', async () => {
    const minutes = async (body: string): Promise<number> =>
      Math.round((Date.parse((await made(body)).expires_at) - Date.now()) / 60_000);
    expect([await minutes('{}'), await minutes('{"ttl":"8h"}')]).toEqual([60, 480]);
    const { path } = await made('{"ttl":"1ms"}');
    await waitUntil(async () => (await ask(serving.port, path)).status === 404, { what: 'the end of the session' });
  });

  it('ends also what is read when it ends', async () => {
    const session = (await made('{"ttl":"3s"}')).path.split('=')[1] ?? '';
    const reader = await Reader.open({ Authorization: `Bearer ${session}` });
    expect(reader.answer.statusCode).toBe(200);
    await waitUntil(() => reader.ended, { what: 'the end of the stream', timeout: 20_000 });
    expect(reader.answer.complete).toBe(true);
  });

  it.each(['{"ttl":"25h"}', '{"ttl":"0s"}', '{"ttl":"soon"}', '{"ttl":-1}', '[]', 'null', '{"for":"ever"}'])(
    'is not made of %s, and the answer says why',
    async (body) => {
      const answer = await post(BEARER, body);
      expect([answer.status, await answer.json()]).toEqual([400, { error: expect.stringContaining('Fix') }]);
    },
  );

  it('is made by the token only: not by another session, and not without any', async () => {
    const session = (await made()).path.split('=')[1] ?? '';
    for (const headers of [{ Authorization: `Bearer ${session}` }, { Authorization: 'Bearer x' }, {}]) {
      expect((await post(headers, '{}')).status).toBe(405);
    }
  });
});

describe('a session, where no token is needed or there is none', () => {
  it('cannot be made', async () => {
    await using relaxed = await Serving.start({ relaxed: true });
    const headers = { 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${relaxed.port}`;
    expect((await fetch(`${url}/session`, { method: 'POST', headers, body: '{}' })).status).toBe(405);
    expect((await fetch(url)).status).toBe(200);
  });
});
