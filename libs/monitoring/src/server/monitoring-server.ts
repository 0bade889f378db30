import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { portOwner } from '@eggybyte/errors';
import type { LauncherState } from '@eggybyte/lifecycle';
import type { AdminEndpoint } from '@eggybyte/observability';
import { AdminArea } from '../admin/admin-area.js';
import { failureOf } from '../health/failure-reason.js';
import { InfoEndpoint } from '../info/info-endpoint.js';
import { addApplicationMetrics, addStartupMetrics } from '../metrics/application-metrics.js';
import { Exposition } from '../metrics/exposition.js';
import { scrapeAnswer } from '../metrics/scrape-answer.js';
import { GcMetrics } from '../metrics/gc-metrics.js';
import { addHealthMetrics } from '../metrics/health-metrics.js';
import { addProcessMetrics } from '../metrics/process-metrics.js';
import { addRuntimeMetrics } from '../metrics/runtime-metrics.js';
import { MonitoringListenError, MonitoringPortInUseError } from '../monitoring.errors.js';
import { Overview } from '../overview/overview.js';
import { EventLoopWatch } from '../probes/event-loop-watch.js';
import { Probes } from '../probes/probes.js';
import { type Answer, plain, refusal, send, targetOf } from './answer.js';
import { ClientErrors } from './client-errors.js';
import {
  type MonitoringServerOptions,
  type ResolvedServerOptions,
  resolveServerOptions,
} from './monitoring-server.options.js';

/** Where a server listens. */
export interface MonitoringAddress {
  host: string;
  port: number;
}

/** A client that sends slowly is cut soon: what holds a connection of this port keeps a probe out. */
const TIMEOUTS = {
  headersTimeout: 2000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 500,
} as const;
/** Cuts a client that does not read its answer. */
const IDLE_SOCKET_MS = 10_000;
const MAX_HEADER_BYTES = 8192;
/** What an answer at hand gets when the server closes. */
const CLOSE_GRACE_MS = 500;

/**
 * Serves probes and metrics on a port of their own: `/livez /startupz /readyz /healthz /metrics`, GET and HEAD only,
 * and the admin endpoints, some of which take a POST, to those who have the token; for all others these are paths that do
 * not exist.
 * Made to be bound before anything else is there and closed after everything else is gone.
 */
export class MonitoringServer {
  readonly #logger = new Logger(MonitoringServer.name);
  readonly #options: ResolvedServerOptions;
  readonly #server: Server;
  readonly #probes: Probes;
  readonly #exposition: Exposition;
  readonly #overview: Overview;
  readonly #admin: AdminArea;
  readonly #loop: EventLoopWatch;
  readonly #gc: GcMetrics;
  readonly #detach: (() => void)[] = [];
  #listening: Promise<MonitoringAddress> | undefined;
  #closing: Promise<void> | undefined;

  /** Binds nothing yet. @throws ArgumentError */
  constructor(private readonly sources: MonitoringServerOptions) {
    this.#options = resolveServerOptions(sources);
    const { health, metrics, events } = sources;
    this.#loop = new EventLoopWatch(this.#options.stallLimitMs);
    this.#probes = new Probes(health, () => this.state);
    const { service, version, environment, adminToken, relaxed } = this.#options;
    const application = { service, version, environment };
    this.#overview = new Overview({ application, health, metrics, state: () => this.state, events });
    this.#admin = new AdminArea({ token: adminToken, relaxed }, this.#overview);
    this.#admin.add('/info', new InfoEndpoint(application, sources.build));
    addApplicationMetrics(metrics, application, () => this.state);
    this.#detach.push(addHealthMetrics(metrics, health));
    if (events) this.#detach.push(addStartupMetrics(metrics, events));
    addRuntimeMetrics(metrics);
    this.#gc = new GcMetrics(metrics);
    this.#exposition = new Exposition(metrics);
    this.#server = this.#create();
  }

  /** The application's state as probes tell it: `broken` also while its event loop is blocked again and again. */
  get state(): LauncherState {
    return this.#loop.stalled ? 'broken' : this.sources.state();
  }

  /**
   * Serves an admin endpoint; those marked with `@AdminEndpoint` are added by the module. Before and after `listen`.
   *
   * @throws EndpointPathError, EndpointTwiceError
   */
  addEndpoint(path: `/${string}`, endpoint: AdminEndpoint): void {
    this.#admin.add(path, endpoint);
  }

  /**
   * Binds the port; a second call tells the same address.
   *
   * @throws MonitoringPortInUseError, or MonitoringListenError when the address cannot be bound for another reason.
   */
  listen(): Promise<MonitoringAddress> {
    this.#listening ??= this.#listen();
    return this.#listening;
  }

  /** Ends every connection, answers at hand after at most 500 ms, and everything that was measured. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #listen(): Promise<MonitoringAddress> {
    const { host, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ host, port }, resolve);
    try {
      await promise;
    } catch (cause) {
      const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!inUse) throw new MonitoringListenError(host, port, cause);
      throw new MonitoringPortInUseError(host, port, await portOwner(port), cause);
    }
    this.#server.off('error', reject);
    this.#server.on('error', (error) => this.#logger.error({ msg: 'the monitoring server failed', err: error }));
    addProcessMetrics(this.sources.metrics.registry);
    this.#loop.start();
    this.#gc.start();
    this.#overview.start();
    const bound = this.#server.address() as AddressInfo;
    return { host: bound.address, port: bound.port };
  }

  async #close(): Promise<void> {
    await this.#listening?.catch(() => undefined);
    for (const detach of this.#detach) detach();
    this.#loop.stop();
    this.#gc.stop();
    this.#overview.stop();
    this.#admin.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cut = setTimeout(() => this.#server.closeAllConnections(), CLOSE_GRACE_MS).unref();
    // A server that never listened tells that as an error, which is no news here.
    this.#server.close(() => resolve());
    await promise;
    clearTimeout(cut);
  }

  #create(): Server {
    const server = createServer({ ...TIMEOUTS, maxHeaderSize: MAX_HEADER_BYTES });
    const clientErrors = new ClientErrors(server);
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
      clientErrors.heard(response);
      void this.#respond(request, response);
    };
    server.on('request', onRequest);
    // Without this, Node would ask the client for the body that is refused anyway.
    server.on('checkContinue', onRequest);
    server.maxConnections = this.#options.maxConnections;
    server.setTimeout(IDLE_SOCKET_MS);
    return server;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer | 'streams';
    try {
      answer = refusal(request) ?? (await this.#answer(request, response));
    } catch (error) {
      this.#logger.error({ msg: `a request of the monitoring port failed: ${failureOf(error).detail}` });
      answer = plain(500, 'internal error');
    }
    if (answer !== 'streams') send(response, answer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | 'streams'> {
    const target = targetOf(request);
    const { path, query } = target;
    if (request.method === 'POST') return this.#admin.change(request, response, target);
    if (path === '/metrics') return scrapeAnswer(this.#exposition, request.headers);
    const probe = await this.#probes.answer({ path, query, accept: request.headers.accept });
    return probe ?? (await this.#admin.answer(request, response, target)) ?? plain(404, 'not found');
  }
}
