import { METHODS, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { type ClientError, clientErrorStatus, onClientError } from '@eggybyte/errors';
import { createRequestContext } from '@eggybyte/observability';
import { closeSlowly } from './close-slowly.js';
import { refusalBytes, refuseRequest } from './refusal.js';
import type { RequestTracker } from './request-tracker.js';
import { UNMATCHED, withoutQuery } from './request-names.js';

/** The client ended its side in the middle of a request. */
const LEFT = 'HPE_INVALID_EOF_STATE';
const LONGEST_PATH = 200;
/** Installed by Fastify where its user gave none: it answers in a form of its own. */
const FASTIFY_HANDLER = 'bound defaultClientErrorHandler';

/**
 * Lets what Node's parser refuses, and what is not received in time, be answered, recorded and counted as any other
 * request. A `clientError` listener of somebody else answers in its own way; then it is only recorded.
 */
export function answerParserErrors(
  server: Server,
  tracker: RequestTracker,
  headers: readonly (readonly [name: string, value: string])[],
): void {
  for (const listener of server.listeners('clientError')) {
    if (listener.name === FASTIFY_HANDLER) server.removeListener('clientError', listener as () => void);
  }
  const over = new WeakSet<Socket>();
  const latestOn = (socket: Socket) => tracker.latestOf(socket);
  onClientError(server, latestOn, (error, socket) => {
    // Each further piece of a broken connection is told again.
    if (over.has(socket)) return;
    over.add(socket);
    const status = statusOf(error, socket);
    if (status === undefined) socket.destroy();
    else if (server.listenerCount('clientError') > 1) record(tracker, status, error, socket);
    else refuse(tracker, status, error, socket, headers);
  });
}

/** `undefined` for a connection that broke, and for one that never carried anything: there is nobody to answer. */
function statusOf(error: ClientError, socket: Socket): number | undefined {
  if (socket.destroyed || socket.bytesRead === 0) return undefined;
  return clientErrorStatus(error) ?? (error.code?.startsWith('HPE_') ? 400 : undefined);
}

function refuse(
  tracker: RequestTracker,
  status: number,
  error: ClientError,
  socket: Socket,
  headers: readonly (readonly [name: string, value: string])[],
): void {
  const latest = tracker.latestOf(socket);
  if (latest && !latest.complete) {
    // It came in the body of a request that is known. A second answer to it would be taken for that of another one.
    if (!latest.response || latest.response.headersSent || error.code === LEFT) socket.destroy();
    else refuseRequest(latest, status);
    return;
  }
  if (latest && tracker.isOpen(latest)) {
    // It came behind requests that are whole. An answer now would be taken for theirs.
    record(tracker, status, error, socket, true);
    latest.announceClose();
    latest.response?.once('finish', () => closeSlowly(socket));
    return;
  }
  const requestId = record(tracker, status, error, socket, !socket.writable);
  if (socket.writable) socket.write(refusalBytes(status, requestId, headers));
  closeSlowly(socket);
}

function record(tracker: RequestTracker, status: number, error: ClientError, socket: Socket, aborted = false): string {
  const context = createRequestContext({});
  const [method, path] = requestLine(error, socket);
  tracker.refuse(context, { method, path, route: UNMATCHED, status, durationMs: 0, ...(aborted && { aborted }) });
  return context.requestId;
}

/** Method and path without query, as far as they can be made out: only what comes first is sure to be a request line. */
function requestLine({ rawPacket, bytesParsed = 0 }: ClientError, socket: Socket): [method: string, path: string] {
  if (!rawPacket || rawPacket.length !== socket.bytesRead) return ['', ''];
  if (rawPacket.subarray(0, bytesParsed).includes('\r\n\r\n')) return ['', ''];
  const line = rawPacket.toString('latin1', 0, LONGEST_PATH + 20);
  const [, method = '', path = ''] = /^([A-Z-]+) (\/[!-~]*)?/.exec(line) ?? [];
  return [METHODS.includes(method) ? method : '', withoutQuery(path).slice(0, LONGEST_PATH)];
}
