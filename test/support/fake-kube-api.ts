import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { makeAuthority, type TestAuthority } from './certificates.js';
import { FakeConfigMaps, type FakeEvent } from './fake-config-maps.js';
import { TcpGate } from './tcp-gate.js';

/** What is said instead of an answer. */
export interface FakeRefusal {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface FakeRequest {
  verb: 'list' | 'watch';
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage['headers'];
}

const NAME = 'kubernetes.default.svc';

/**
 * The part of a Kubernetes API server that lists and watches ConfigMaps, over TLS, behind a {@link TcpGate}.
 * Its rules are those measured on real ones: it wants the token, and a field selector for the one ConfigMap that the
 * Role allows; versions, 410 and ERROR events are as there.
 */
export class FakeKubeApi implements AsyncDisposable {
  readonly objects = new FakeConfigMaps('shop');
  readonly requests: FakeRequest[] = [];
  /** What a verb is refused with, while it is. */
  readonly refusals: { list?: FakeRefusal | undefined; watch?: FakeRefusal | undefined } = {};
  token = 'token-1';
  /** Whether a version that is too old is told as HTTP 410, or as most servers do, in an ERROR event after a 200. */
  gone: 'status' | 'event' = 'event';
  /** Bytes that go out at a time; each such piece is a TLS record of its own. */
  chunkBytes = Number.POSITIVE_INFINITY;

  /** Whether a watch is over as soon as it is taken. */
  endsAtOnce = false;

  readonly #watches = new Map<ServerResponse, () => void>();
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #sockets = new Set<Socket>();
  #gate!: TcpGate;

  private constructor(
    readonly folder: string,
    readonly configMap: string,
  ) {}

  static async start(configMap = 'app'): Promise<FakeKubeApi> {
    const fake = new FakeKubeApi(await mkdtemp(join(tmpdir(), 'fake-kube-')), configMap);
    const authority = makeAuthority();
    fake.useCertificateOf(authority);
    await writeFile(fake.caFile, authority.ca);
    await writeFile(fake.tokenFile, `${fake.token}\n`);
    await writeFile(fake.namespaceFile, fake.objects.namespace);
    // Those that are still shaking hands as well, which the server does not close.
    fake.#server.on('connection', (socket: Socket) => {
      fake.#sockets.add(socket);
      socket.once('close', () => fake.#sockets.delete(socket));
    });
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    fake.#gate = new TcpGate((fake.#server.address() as AddressInfo).port);
    await fake.#gate.heal();
    return fake;
  }

  get caFile(): string {
    return join(this.folder, 'ca.crt');
  }

  get tokenFile(): string {
    return join(this.folder, 'token');
  }

  get namespaceFile(): string {
    return join(this.folder, 'namespace');
  }

  /** How a pod reaches it: by the address of the service, with the name checked. */
  get access() {
    const { caFile, tokenFile, namespaceFile } = this;
    return { host: this.#gate.host, port: this.#gate.port, caFile, tokenFile, namespaceFile };
  }

  /** TCP: freeze, cut, reset, heal. */
  get network() {
    return this.#gate;
  }

  /** Watches that are open. */
  get watches(): number {
    return this.#watches.size;
  }

  /** New connections get a certificate of this authority; the CA file stays as it is. */
  useCertificateOf(authority: TestAuthority, dns = NAME, ...ip: string[]): void {
    this.#server.setSecureContext(authority.issue({ dns: [dns], ip }));
  }

  /** Ends each watch as a server does when its time is over. */
  endWatches(): void {
    for (const response of this.#watches.keys()) response.end();
  }

  /** Something that is not an event, or not a whole one, in each watch. */
  async say(text: string | Buffer): Promise<void> {
    await Promise.all([...this.#watches.keys()].map((response) => this.#write(response, text)));
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, this.#gate.cut()]);
    await rm(this.folder, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #serve({ url = '/', headers }: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, 'https://fake');
    const query = Object.fromEntries(searchParams);
    const verb = query['watch'] === '1' ? 'watch' : 'list';
    this.requests.push({ verb, path: pathname, query, headers });
    if (headers.authorization !== `Bearer ${this.token}`) return refuse(response, { status: 401 });
    const refusal = this.refusals[verb];
    if (refusal) return refuse(response, refusal);
    const [, namespace] = /^\/api\/v1\/namespaces\/([^/]+)\/configmaps$/.exec(pathname) ?? [];
    if (namespace === undefined) return refuse(response, { status: 404 });
    if (namespace !== this.objects.namespace) return refuse(response, { status: 403 });
    if (query['fieldSelector'] !== `metadata.name=${this.configMap}`) return refuse(response, { status: 403 });
    if (verb === 'list') this.#list(response);
    else this.#watch(query, response);
  }

  #list(response: ServerResponse): void {
    const found = this.objects.find(this.configMap);
    const metadata = { resourceVersion: this.objects.version };
    response.writeHead(200, { 'content-type': 'application/json' });
    const list = { kind: 'ConfigMapList', apiVersion: 'v1', metadata, items: found ? [found] : [] };
    void this.#write(response, JSON.stringify(list)).then(() => response.end());
  }

  #watch({ resourceVersion = '', timeoutSeconds = '' }: Record<string, string>, response: ServerResponse): void {
    const isTooOld = this.objects.isTooOld(resourceVersion);
    if (isTooOld && this.gone === 'status') return refuse(response, { status: 410 });
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (isTooOld) {
      const event = { type: 'ERROR', object: statusOf(410, 'Expired') };
      response.end(`${JSON.stringify(event)}\n`);
      return;
    }
    if (this.endsAtOnce) {
      response.end();
      return;
    }
    // One after the other, also where they go out in pieces.
    let sent = Promise.resolve();
    const hear = (event: FakeEvent) => {
      sent = sent.then(() => this.#write(response, `${JSON.stringify(event)}\n`));
    };
    const forget = this.objects.watch(this.configMap, resourceVersion, hear);
    const timer = setTimeout(() => response.end(), Number(timeoutSeconds) * 1000);
    this.#watches.set(response, forget);
    response.once('close', () => {
      clearTimeout(timer);
      forget();
      this.#watches.delete(response);
    });
  }

  async #write(response: ServerResponse, text: string | Buffer): Promise<void> {
    const bytes = Buffer.from(text as string);
    const size = Math.min(this.chunkBytes, bytes.length || 1);
    for (let start = 0; start < bytes.length && !response.writableEnded; start += size) {
      response.write(bytes.subarray(start, start + size));
      // A turn of the event loop between the writes keeps them apart.
      if (size < bytes.length) await turn();
    }
  }
}

function refuse(response: ServerResponse, { status, headers = {}, body }: FakeRefusal): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body ?? JSON.stringify(statusOf(status, STATUS_CODES[status] ?? '')));
}

function statusOf(code: number, reason: string) {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: `the server says ${reason}`, reason, code };
}
