import { AsyncResource } from 'node:async_hooks';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OutgoingCalls } from '@eggybyte/http';
import { Metrics, runInContext } from '@eggybyte/observability';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../support/wait-until.js';

interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
  destroy(): Promise<void>;
}
type AgentClass = new (options: { connections: number }) => Dispatcher;

/** That of Node's own undici, which it gives nobody a name of; Jest's tests have another global object. */
async function nodesAgent(): Promise<AgentClass> {
  await fetch('data:,');
  const node = Reflect.construct(fetch.constructor, ['return globalThis'])() as Record<symbol, object>;
  return node[Symbol.for('undici.globalDispatcher.1')]!.constructor as AgentClass;
}

let server: Server;
let url: string;
/** Ids by path. */
let received: Record<string, unknown>;
let following: Disposable;
let agent: Dispatcher;
let metrics: Metrics;
beforeEach(async () => {
  received = {};
  server = createServer((request, response) => {
    received[String(request.url)] = request.headers['x-request-id'] ?? 'none';
    if (request.url?.startsWith('/moved')) response.writeHead(302).end();
    else setTimeout(() => response.end('ok'), 10);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  metrics = new Metrics();
  following = new OutgoingCalls({ metrics }).follow();
  agent = new (await nodesAgent())({ connections: 2 });
});
afterEach(async () => {
  following[Symbol.dispose]();
  await agent.destroy();
  server.closeAllConnections();
  server.close();
});

/** What the methods of undici, such as `request`, hand to a dispatcher. */
class RequestHandler extends AsyncResource {
  readonly done = Promise.withResolvers<void>();

  constructor() {
    super('UNDICI_REQUEST');
  }

  onConnect(): void {}

  onHeaders(): boolean {
    return true;
  }

  onData(): boolean {
    return true;
  }

  onComplete(): void {
    this.done.resolve();
  }

  onError(error: Error): void {
    this.done.reject(error);
  }
}

/** What its interceptor for redirects does. */
class RedirectHandler {
  readonly done = Promise.withResolvers<void>();

  constructor(private readonly location: string | undefined) {}

  onConnect(): void {}

  onHeaders(): boolean {
    return true;
  }

  onData(): boolean {
    return true;
  }

  onComplete(): void {
    if (this.location) {
      const next = new RedirectHandler(undefined);
      next.done.promise.then(this.done.resolve, this.done.reject);
      agent.dispatch({ origin: url, path: this.location, method: 'GET' }, next);
    } else this.done.resolve();
  }

  onError(error: Error): void {
    this.done.reject(error);
  }
}

const byFetch = async (path: string): Promise<void> => {
  await (await fetch(`${url}${path}`, { dispatcher: agent } as RequestInit)).text();
};
const byHandler = async (path: string, handler: RequestHandler | RedirectHandler): Promise<void> => {
  agent.dispatch({ origin: url, path, method: 'GET' }, handler);
  await handler.done.promise;
};
const five = (call: (n: number) => Promise<void>): Promise<unknown> =>
  Promise.all([1, 2, 3, 4, 5].map((n) => runInContext({ 'x-request-id': `req-${n}` }, () => call(n))));

describe('a call that waits in a pool of undici', () => {
  it('never carries the ids of the request that opened the connection', async () => {
    const outside = nextTurn().then(() => byFetch('/of-none'));
    await five((n) => byFetch(`/of-${n}`));
    await outside;

    expect(received).toEqual({
      '/of-1': 'req-1',
      '/of-2': 'req-2',
      ...Object.fromEntries(['/of-3', '/of-4', '/of-5', '/of-none'].map((path) => [path, 'none'])),
    });
    await waitUntil(async () => /_count\{.*\} 6\n/.test(await metrics.registry.metrics()), {
      what: 'all of them to be counted',
    });
  });

  it('carries its own where its handler knows in which context it was made', async () => {
    await five((n) => byHandler(`/of-${n}`, new RequestHandler()));

    expect(received).toEqual(Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`/of-${n}`, `req-${n}`])));
  });

  it('carries its own again as soon as it does not wait', async () => {
    await runInContext({ 'x-request-id': 'opener' }, async () => {
      await byFetch('/first');
      await byFetch('/second');
    });
    await runInContext({ 'x-request-id': 'other' }, () => byFetch('/third'));

    expect(received).toEqual({ '/first': 'opener', '/second': 'opener', '/third': 'other' });
  });
});

describe('a call by a handler that was used before, as interceptors of undici do,', () => {
  it('carries no ids, as they may be of another', async () => {
    const { promise: repeated, resolve } = Promise.withResolvers<void>();
    const handler = {
      onConnect: () => undefined,
      onHeaders: () => true,
      onData: () => true,
      onComplete: (): void => {
        if ('/again' in received) resolve();
        else runInContext({ 'x-request-id': 'another' }, () => dispatch('/again'));
      },
      onError: () => undefined,
    };
    const dispatch = (path: string): boolean => agent.dispatch({ origin: url, path, method: 'GET' }, handler);
    runInContext({ 'x-request-id': 'one' }, () => dispatch('/first'));
    await repeated;

    expect(received).toEqual({ '/first': 'one', '/again': 'none' });
  });
});

describe('a redirect by an interceptor of undici', () => {
  it('never carries the ids of the request that opened the connection', async () => {
    await runInContext({ 'x-request-id': 'opener' }, () => byFetch('/first'));
    await five((n) => byHandler(`/moved-${n}`, new RedirectHandler(`/to-${n}`)));

    const wrong = Object.entries(received).filter(([path, id]) => path.startsWith('/to-') && id !== 'none');
    expect(Object.keys(received)).toHaveLength(11);
    expect(wrong).toEqual([]);
  });
});
