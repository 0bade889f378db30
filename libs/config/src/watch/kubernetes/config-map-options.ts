import { isIP } from 'node:net';
import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';

/** Which ConfigMap is watched, and how the API server is reached; the defaults are those of a pod. */
export interface ConfigMapSourceOptions {
  /** Name of the ConfigMap. */
  configMap: string;
  /** Its namespace. @default what `namespaceFile` holds */
  namespace?: string | undefined;
  /** The API server; its certificate must have this name or address. https only. @default "https://kubernetes.default.svc" */
  server?: string | undefined;
  /** Where to connect, when it is not the name in `server`: KUBERNETES_SERVICE_HOST of a pod. @default the host of `server` */
  host?: string | undefined;
  /** Port to connect to: KUBERNETES_SERVICE_PORT of a pod. @default the port of `server` */
  port?: number | undefined;
  /** CA that the certificate of the server must come from, PEM; read anew for each connection. @default that of the service account */
  caFile?: string | undefined;
  /** Bearer token, read anew for each connection as it is rotated. @default that of the service account */
  tokenFile?: string | undefined;
  /** Holds the namespace where `namespace` is absent. @default that of the service account */
  namespaceFile?: string | undefined;
  /** Deadline of reading the ConfigMap, a duration. @default "10s" */
  listTimeout?: Duration | undefined;
  /** How long the server is asked to keep a watch open, in whole seconds from 1 up and with up to a quarter more at random. @default "120s" */
  watchTimeout?: Duration | undefined;
  /** A watch that is this much over its time is given up: the server is frozen, or the network is gone. @default "15s" */
  watchGrace?: Duration | undefined;
  /** Wait after a first failure, a duration; it doubles with each further one, down to half of it at random. @default "250ms" */
  retryMin?: Duration | undefined;
  /** Longest wait after a failure, unless the server asks for more by Retry-After. @default "30s" */
  retryMax?: Duration | undefined;
}

export interface ResolvedConfigMapSourceOptions {
  configMap: string;
  namespace: string | undefined;
  /** As it is told: scheme, name, port, and a path where there is one. */
  server: string;
  /** What the certificate must be valid for. */
  serverName: string;
  /** Value of the Host header. */
  hostHeader: string;
  /** What stands before `/api`. */
  basePath: string;
  host: string;
  port: number;
  caFile: string;
  tokenFile: string;
  namespaceFile: string;
  listTimeoutMs: number;
  watchTimeoutMs: number;
  watchGraceMs: number;
  retryMinMs: number;
  retryMaxMs: number;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const defaults = {
  namespace: undefined,
  server: 'https://kubernetes.default.svc',
  host: undefined,
  port: undefined,
  caFile: `${SERVICE_ACCOUNT}/ca.crt`,
  tokenFile: `${SERVICE_ACCOUNT}/token`,
  namespaceFile: `${SERVICE_ACCOUNT}/namespace`,
  listTimeout: '10s',
  watchTimeout: '120s',
  watchGrace: '15s',
  retryMin: '250ms',
  retryMax: '30s',
} satisfies { [K in Exclude<keyof ConfigMapSourceOptions, 'configMap'>]-?: ConfigMapSourceOptions[K] };

const HTTPS_PORT = 443;

/** A timer that is set for more than 24.8 days fires at once. */
const LONGEST_MS = 86_400_000;

/** @throws ArgumentError */
export function resolveConfigMapSourceOptions(options: ConfigMapSourceOptions): ResolvedConfigMapSourceOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const all = { ...defaults, ...(given as Pick<ConfigMapSourceOptions, 'configMap'>) } as typeof defaults &
    ConfigMapSourceOptions;
  const url = serverUrl(all.server);
  const serverName = url.hostname.replace(/^\[|\]$/g, '');
  return {
    configMap: matching(isConfigMapName, all.configMap, 'configMap', 'the name of a ConfigMap'),
    namespace: all.namespace && matching(isNamespace, all.namespace, 'namespace', 'the name of a namespace'),
    server: url.href.replace(/\/$/, ''),
    serverName,
    hostHeader: url.host,
    basePath: url.pathname.replace(/\/$/, ''),
    host: all.host || serverName,
    port: portNumber(all.port ?? (url.port === '' ? HTTPS_PORT : Number(url.port))),
    caFile: matching(Boolean, all.caFile, 'caFile', 'a path'),
    tokenFile: matching(Boolean, all.tokenFile, 'tokenFile', 'a path'),
    namespaceFile: matching(Boolean, all.namespaceFile, 'namespaceFile', 'a path'),
    listTimeoutMs: timer(all.listTimeout, 'listTimeout'),
    watchTimeoutMs: timer(all.watchTimeout, 'watchTimeout'),
    watchGraceMs: timer(all.watchGrace, 'watchGrace'),
    retryMinMs: timer(all.retryMin, 'retryMin'),
    retryMaxMs: timer(all.retryMax, 'retryMax'),
  };
}

/** A DNS label, as Kubernetes wants it. */
export function isNamespace(text: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(text);
}

/** A DNS subdomain name: nothing that could add to the field selector it stands in. */
function isConfigMapName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(text);
}

function matching(accepts: (text: string) => boolean, text: string, name: string, expected: string): string {
  if (typeof text !== 'string' || !accepts(text)) throw new ArgumentError(name, expected, text);
  return text;
}

function serverUrl(text: string): URL {
  const url = URL.parse(text);
  const usable = url?.protocol === 'https:' && !url.username && !url.password && !url.search && !url.hash;
  // A user and a password of the URL are not for an error's message.
  if (!url || !usable) {
    throw new ArgumentError('server', 'an https URL without user, query and hash', text.includes('@') ? '…@…' : text);
  }
  return url;
}

function portNumber(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new ArgumentError('port', 'an integer from 1 to 65535', port);
}

function timer(duration: Duration, name: string): number {
  const ms = milliseconds(duration, name);
  if (ms === 0 || ms > LONGEST_MS) throw new ArgumentError(name, 'a duration above 0 and of at most a day', duration);
  return ms;
}

/** The name for TLS' server name indication, which an address cannot be. */
export function indicatedName(serverName: string): string {
  return isIP(serverName) ? '' : serverName;
}
