import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach } from '@jest/globals';
import { waitUntil } from './wait-until.js';

/** A span as it was received, with its attributes and those of its process as plain values. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** '' for the first one of a trace. */
  parentSpanId: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  failed: boolean;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
  startNs: bigint;
  endNs: bigint;
}

/** What an OpenTelemetry collector is to a service: it takes spans by OTLP/HTTP in JSON. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Of each batch. */
  readonly headers: IncomingHttpHeaders[] = [];
  /** All batches in JSON, as they came. */
  text = '';
  /** Bodies of batches that were not JSON. */
  readonly binary: Buffer[] = [];
  /** What batches are answered with; 0 is never. */
  status = 200;

  constructor(private readonly server: Server) {}

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Variables of a service that sends its spans here, each batch at once. */
  get env(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
  }

  /** How many are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  named(name: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  childrenOf({ spanId }: ReceivedSpan): ReceivedSpan[] {
    return this.spans.filter(({ parentSpanId }) => parentSpanId === spanId);
  }

  /** The first span with this name, past or to come. */
  span(name: string): Promise<ReceivedSpan> {
    return waitUntil(() => this.named(name)[0], { what: `a span ${name}` });
  }

  take(body: Buffer, headers: IncomingHttpHeaders): void {
    this.headers.push(headers);
    const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    if (headers['content-type'] !== 'application/json') {
      this.binary.push(bytes);
      return;
    }
    this.text += bytes.toString();
    for (const { resource, scopeSpans } of JSON.parse(bytes.toString()).resourceSpans) {
      for (const { spans } of scopeSpans) {
        for (const span of spans) this.spans.push(received(span, plain(resource.attributes)));
      }
    }
  }
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const FAILED = 2;

function received(span: any, resource: Record<string, unknown>): ReceivedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    name: span.name,
    kind: KINDS[span.kind as 0] ?? 'internal',
    failed: span.status?.code === FAILED,
    attributes: plain(span.attributes),
    resource,
    startNs: BigInt(span.startTimeUnixNano),
    endNs: BigInt(span.endTimeUnixNano),
  };
}

function plain(attributes: { key: string; value: Record<string, unknown> }[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

const open = new Set<Server>();
afterEach(() => {
  for (const server of open) {
    server.closeAllConnections();
    server.close();
  }
  open.clear();
});

/** One for a test; it is closed at its end. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (receiver.status === 0) return;
      if (receiver.status === 200) receiver.take(Buffer.concat(chunks), request.headers);
      response.writeHead(receiver.status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  open.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver = new OtlpReceiver(server);
  return receiver;
}
