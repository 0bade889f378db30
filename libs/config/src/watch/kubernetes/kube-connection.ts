import { readFile } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import { indicatedName, isNamespace, type ResolvedConfigMapSourceOptions } from './config-map-options.js';
import { failureOfStatus, KubeFailure } from './kube-failure.js';
import { readRetryAfter } from './retry-after.js';

/** An answer with status 200 on a connection of its own. */
export interface KubeAnswer {
  readonly body: IncomingMessage;
  /** Ends the connection; resolves when it is closed. */
  readonly close: () => Promise<void>;
}

const KEEP_ALIVE_MS = 30_000;

/**
 * Asks for ConfigMaps of the namespace. CA, token and namespace are read for each connection, as they are rotated.
 * When `signal` is aborted the connection is cut, whether it is answered already or not.
 *
 * @throws KubeFailure, or what the connection failed with; nothing is left open then
 */
export async function askForConfigMaps(
  options: ResolvedConfigMapSourceOptions,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<KubeAnswer> {
  const [ca, token, namespace] = await Promise.all([readCa(options), readToken(options), readNamespace(options)]);
  signal.throwIfAborted();
  const socket = connectTo(options, ca);
  const cut = () => socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', cut, { once: true });
  const close = async () => {
    signal.removeEventListener('abort', cut);
    socket.destroy();
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  };
  try {
    const search = new URLSearchParams({ fieldSelector: `metadata.name=${options.configMap}`, ...query }).toString();
    const request = get({
      createConnection: () => socket,
      path: `${options.basePath}/api/v1/namespaces/${namespace}/configmaps?${search}`,
      headers: {
        host: options.hostHeader,
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': 'eggybyte-config',
      },
    });
    const body = await answerTo(request, socket);
    const status = body.statusCode ?? 0;
    if (status !== 200) throw failureOfStatus(status, readRetryAfter(body.headers['retry-after']));
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return { body, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function answerTo(request: ClientRequest, socket: TLSSocket): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // For good: it may fail again after its answer, which then fails as well.
    request.on('error', reject);
    // A request that is answered by 101 Switching Protocols would never end.
    socket.once('close', () => reject(new KubeFailure('unreachable', 'the connection was closed without an answer')));
  });
}

function connectTo({ host, port, serverName }: ResolvedConfigMapSourceOptions, ca: string): TLSSocket {
  const socket = connect({
    host,
    port,
    ca,
    servername: indicatedName(serverName),
    // Said aloud: NODE_TLS_REJECT_UNAUTHORIZED would change the default.
    rejectUnauthorized: true,
    // By default it is the address that is checked where no name can be indicated.
    checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName, certificate),
  });
  socket.on('error', () => undefined);
  return socket;
}

async function readCa({ caFile }: ResolvedConfigMapSourceOptions): Promise<string> {
  const ca = await readText(caFile, 'the CA', 'unreachable');
  // Without any CA given, Node would trust the public ones.
  if (ca.includes('-----BEGIN CERTIFICATE-----')) return ca;
  throw new KubeFailure('unreachable', `the CA file ${caFile} holds no certificate`);
}

async function readToken({ tokenFile }: ResolvedConfigMapSourceOptions): Promise<string> {
  const token = (await readText(tokenFile, 'the token', 'unauthorized')).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new KubeFailure('unauthorized', `the token file ${tokenFile} holds no token`);
}

async function readNamespace({ namespace, namespaceFile }: ResolvedConfigMapSourceOptions): Promise<string> {
  if (namespace) return namespace;
  const text = (await readText(namespaceFile, 'the namespace', 'invalid')).trim();
  if (isNamespace(text)) return text;
  throw new KubeFailure('invalid', `the file ${namespaceFile} holds no namespace`);
}

async function readText(path: string, what: string, kind: KubeFailure['kind']): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new KubeFailure(kind, `${what} cannot be read from ${path}: ${code}`, { cause: error });
  }
}
