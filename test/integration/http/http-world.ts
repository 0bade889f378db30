import { Agent, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createHttpAdapter, EggyHttpModule, HttpDrain, type HttpOptions } from '@eggybyte/http';
import { createRootLogger, EggyLoggingModule, NestLogger } from '@eggybyte/logging';
import { Metrics } from '@eggybyte/observability';
import { afterEach } from '@jest/globals';
import { waitUntil } from '../../support/wait-until.js';

export type Framework = 'fastify' | 'express';
export const FRAMEWORKS: Framework[] = ['fastify', 'express'];

export type LogRecord = Record<string, any>;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: any;
}

export interface SendOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  agent?: Agent;
}

export interface WorldOptions extends Pick<ModuleMetadata, 'controllers' | 'providers' | 'imports'> {
  http?: HttpOptions;
  configure?: (app: INestApplication) => void;
  host?: string;
  /** Records below it are not there. @default 'debug' */
  level?: 'debug' | 'warn';
}

/** An application on a loopback port, with everything it logs and measures. */
export class World {
  constructor(
    readonly app: INestApplication,
    readonly port: number,
    readonly logs: LogRecord[],
    readonly metrics: Metrics,
  ) {}

  get drain(): HttpDrain {
    return this.app.get(HttpDrain);
  }

  get accessRecords(): LogRecord[] {
    return this.logs.filter(({ context }) => context === 'AccessLog');
  }

  /** The one access record of a request: it is written when the answer has closed, which is after the client has it. */
  accessRecord(requestId: unknown): Promise<LogRecord> {
    const find = (): LogRecord | undefined => this.accessRecords.find(({ request_id: id }) => id === requestId);
    return waitUntil(find, { what: `the access record of ${String(requestId)}`, interval: 2, timeout: 3000 });
  }

  /** How often each `method route status` was observed in `http_server_request_duration_seconds`. */
  async observations(): Promise<Record<string, number>> {
    const text = await this.metrics.registry.metrics();
    const counts = text.matchAll(
      /^http_server_request_duration_seconds_count\{http_request_method="(.*)",http_route="(.*)",http_response_status_code="(.*)"\} (\d+)$/gm,
    );
    return Object.fromEntries(
      [...counts].map(([, method, route, status, count]) => [`${method} ${route} ${status}`, Number(count)]),
    );
  }

  /** Resolves when so many requests have arrived and are not answered yet. */
  async untilInflight(count: number): Promise<void> {
    await waitUntil(() => this.drain.inflight === count, { what: `${count} requests in flight`, interval: 2 });
  }

  /** Resolves when so many connections are open. */
  async untilConnected(count: number): Promise<void> {
    const connected = (): Promise<number> =>
      new Promise((resolve) => {
        this.app.getHttpServer().getConnections((_error: unknown, open: number) => resolve(open));
      });
    await waitUntil(async () => (await connected()) === count, { what: `${count} connections`, interval: 2 });
  }

  async send(path: string, options: SendOptions = {}): Promise<Answer> {
    return send(this.port, path, options);
  }

  /** Writes bytes on a connection of its own and resolves to all that comes back until it closes. */
  raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write(bytes));
      let text = '';
      socket.setEncoding('utf8').on('data', (part: string) => (text += part));
      socket.on('error', reject).on('close', () => resolve(text));
    });
  }
}

const worlds: World[] = [];
const agents: Agent[] = [];

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const { app } of worlds.splice(0)) {
    app.getHttpServer().closeAllConnections();
    await app.close();
  }
});

export async function startWorld(framework: Framework, options: WorldOptions = {}): Promise<World> {
  const { http = {}, configure, host = '127.0.0.1', level = 'debug', imports = [], ...metadata } = options;
  const logs: LogRecord[] = [];
  const destination = { write: (line: string) => logs.push(JSON.parse(line)) };
  const root = createRootLogger({ service: 'test', environment: 'test', version: '1', level, destination });
  const metrics = new Metrics();
  const metricsModule = {
    module: MetricsModule,
    global: true,
    providers: [{ provide: Metrics, useValue: metrics }],
    exports: [Metrics],
  };
  const suite = [metricsModule, EggyLoggingModule.forRoot({ root }), EggyHttpModule.forRoot(http)];
  const app = await NestFactory.create(
    { imports: [...suite, ...imports], ...metadata },
    await createHttpAdapter(framework, http),
    {
      logger: new NestLogger(root),
      abortOnError: false,
    },
  );
  configure?.(app);
  await app.listen(0, host);
  const world = new World(app, app.getHttpServer().address().port, logs, metrics);
  worlds.push(world);
  return world;
}

@Module({})
class MetricsModule {}

/** One request; without an agent on a connection of its own. */
export function send(port: number, path: string, options: SendOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, agent } = options;
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type = payload !== undefined && {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(payload)),
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      port,
      path,
      method,
      agent: agent ?? false,
      host: '127.0.0.1',
      headers: { ...type, ...headers },
    });
    request.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('error', reject).on('end', () => {
        const isJson = text !== '' && response.headers['content-type']?.includes('json');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: isJson ? JSON.parse(text) : undefined,
        });
      });
    });
    request.end(payload);
  });
}

/** One keep-alive connection. */
export function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return agent;
}
