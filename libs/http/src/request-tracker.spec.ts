import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AccessLog, type AccessRecord, Metrics, type RequestContext, requestContext } from '@eggybyte/observability';
import { RequestTracker } from './request-tracker.js';

class Records extends AccessLog {
  readonly all: (AccessRecord & { id?: string | undefined })[] = [];

  override write(record: AccessRecord, { requestId }: RequestContext): void {
    this.all.push({ ...record, id: requestId });
  }
}

/** A request of HTTP/1.1, which keeps its connection. */
function arrived(socket: Socket): IncomingMessage {
  return Object.assign(new IncomingMessage(socket), { httpVersionMajor: 1, httpVersionMinor: 1 });
}

/** A request and its answer as node:http hands them over, without a connection. */
function exchange(
  options: { method?: string; url?: string; headers?: Record<string, string> } = {},
): [IncomingMessage, ServerResponse] {
  const request = arrived(new Socket());
  Object.assign(request, { method: 'GET', url: '/', ...options });
  Object.assign(request.headers, options.headers);
  const response = new ServerResponse(request);
  response.assignSocket(request.socket);
  return [request, response];
}

describe('RequestTracker', () => {
  it('runs the handling in the context of the request and puts the id on the answer', () => {
    const tracker = new RequestTracker({ headers: [['x-egg', 'yes']] });
    const [request, response] = exchange({ headers: { 'x-request-id': 'r1' } });
    const seen = tracker.run(request, response, () => requestContext()?.requestId);
    response.writeHead(204);
    expect(seen).toBe('r1');
    expect((response as unknown as Record<string, string>)['_header']).toMatch(
      /^HTTP\/1\.1 204 No Content\r\nx-egg: yes\r\nX-Request-Id: r1\r\n/,
    );
    expect(requestContext()).toBeUndefined();
  });

  it('counts a request until its answer has closed, once', async () => {
    const tracker = new RequestTracker();
    const [, response] = start(tracker);
    let idle = false;
    const waiting = tracker.whenIdle().then(() => (idle = true));
    expect([tracker.inflight, idle]).toEqual([1, false]);
    response.emit('close');
    response.emit('close');
    await waiting;
    expect(tracker.inflight).toBe(0);
    await tracker.whenIdle();
  });

  it('writes the access record in the context of the request', () => {
    const accessLog = new Records();
    const tracker = new RequestTracker({ accessLog });
    const [request, response] = exchange({ url: '/items/7?token=x', headers: { 'x-request-id': 'r2' } });
    tracker.run(request, response, () => tracker.routeTaken('/items/:id'));
    request.url = '/rewritten';
    response.emit('close');
    expect(accessLog.all).toEqual([
      expect.objectContaining({
        id: 'r2',
        method: 'GET',
        route: '/items/:id',
        path: '/items/7',
        status: 499,
        aborted: true,
      }),
    ]);
  });

  it('goes on when an access log or a metric fails', () => {
    class Broken extends AccessLog {
      override write(): void {
        throw new Error('broken');
      }
    }
    const logged: unknown[] = [];
    const ignore = (): void => undefined;
    Logger.overrideLogger({ log: ignore, warn: ignore, error: (error: unknown) => logged.push(error) });
    const tracker = new RequestTracker({ accessLog: new Broken() });
    const [, response] = start(tracker);
    expect(() => response.emit('close')).not.toThrow();
    expect(tracker.inflight).toBe(0);
    expect(logged).toEqual([new Error('broken')]);
  });

  it('tells clients to go elsewhere, also those of the requests at hand', () => {
    const tracker = new RequestTracker();
    const [, before] = start(tracker);
    tracker.announceClose();
    const [, after] = start(tracker);
    expect([before, after].map(saysClose)).toEqual([true, true]);
  });

  it('tells only the client of the last answer on a connection, and takes it back when another one comes', () => {
    const tracker = new RequestTracker();
    const [first, before] = start(tracker);
    const after = behind(tracker, first);
    tracker.announceClose();
    const last = behind(tracker, first);
    expect([before, after, last].map(saysClose)).toEqual([false, false, true]);
  });

  it('tells only the client of the last answer on a connection, of those at hand', () => {
    const tracker = new RequestTracker();
    const [first, before] = start(tracker);
    const after = behind(tracker, first);
    tracker.announceClose();
    expect([before, after].map(saysClose)).toEqual([false, true]);
  });

  it('handles nothing that comes behind an answer that said close', () => {
    const tracker = new RequestTracker();
    tracker.announceClose();
    const [request, response] = start(tracker);
    response.writeHead(200);
    const late = arrived(request.socket);
    const handled = (): unknown => tracker.run(late, new ServerResponse(late), () => 'handled');
    expect([handled(), tracker.inflight]).toEqual([undefined, 1]);
    response.emit('close');
    expect([handled(), tracker.inflight]).toEqual([undefined, 0]);
  });

  it('handles what comes behind an answer that began to say keep-alive before it was to be the last one', () => {
    const tracker = new RequestTracker();
    const [request, response] = start(tracker);
    expect(saysClose(response)).toBe(false);
    tracker.announceClose();
    const next = arrived(request.socket);
    const answer = new ServerResponse(next);
    expect(tracker.run(next, answer, () => 'handled')).toBe('handled');
    expect(saysClose(answer)).toBe(true);
  });

  it('records what was refused, in the context it is given', async () => {
    const accessLog = new Records();
    const metrics = new Metrics();
    const tracker = new RequestTracker({ accessLog, metrics });
    const context = { requestId: 'refused', trace: undefined, fields: {} };
    tracker.refuse(context, { method: '', path: '', route: 'unmatched', status: 400, durationMs: 0 });
    expect(accessLog.all).toMatchObject([{ id: 'refused', status: 400 }]);
    expect(await metrics.registry.metrics()).toContain('http_response_status_code="400"} 1');
  });

  it('measures durations by method, route and status, with other methods as one', async () => {
    const metrics = new Metrics();
    const tracker = new RequestTracker({ metrics });
    for (const method of ['GET', 'GET', 'PURGE', 'LOCK']) start(tracker, method)[1].emit('close');
    start(tracker);
    const text = await metrics.registry.metrics();
    const count = (method: string) =>
      `http_server_request_duration_seconds_count{http_request_method="${method}",http_route="unmatched",http_response_status_code="499"}`;
    expect(text).toContain(`${count('GET')} 2`);
    expect(text).toContain(`${count('_OTHER')} 2`);
    expect(text).toContain('http_server_active_requests 1');
  });

  it('ignores a route that is told outside of a request', () => {
    expect(() => new RequestTracker().routeTaken('/x')).not.toThrow();
  });
});

function start(tracker: RequestTracker, method = 'GET'): [IncomingMessage, ServerResponse] {
  const [request, response] = exchange({ method });
  tracker.begin(request, response);
  return [request, response];
}

/** Whether the head of an answer, which is written now, says that the connection ends. */
function saysClose(response: ServerResponse): boolean {
  response.writeHead(200);
  return /^Connection: close\r$/m.test((response as unknown as Record<string, string>)['_header'] ?? '');
}

/** Another request on the connection of one. */
function behind(tracker: RequestTracker, { socket }: IncomingMessage): ServerResponse {
  const request = arrived(socket);
  const response = new ServerResponse(request);
  tracker.begin(request, response);
  return response;
}
