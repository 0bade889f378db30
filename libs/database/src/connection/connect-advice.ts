import { messageOf } from '@eggybyte/errors';
import { databaseVariable } from '../data-source/data-source-name.js';
import type { DriverError } from '../driver-error.js';

/** What a failed connect is. All but `unreachable` are final: the server answered, and trying again cannot help. */
export type ConnectFailureKind = 'access' | 'database' | 'parameters' | 'tls' | 'unreachable';

export interface ConnectAdvice {
  kind: ConnectFailureKind;
  /** What to do, naming the variables of the data source. */
  fix: string;
}

/** What a fix has to name. */
interface Place {
  dsn: string;
  ca: string;
  most: string;
  isEncrypted: boolean;
  /** Whether it was this machine, or this container, that was asked. */
  isLocal: boolean;
}

type Rule = readonly [ConnectFailureKind, (place: Place) => string];

const credentials: Rule = [
  'access',
  ({ dsn, isEncrypted }) =>
    `correct user and password in ${dsn}, and see whether the server lets this user in from this host` +
    // MariaDB says the same of a wrong password and of a connection that had to be encrypted.
    (isEncrypted ? '' : '; where user or server require TLS, add tls=true'),
];
const locked: Rule = ['access', () => 'unlock the user on the server (ALTER USER … ACCOUNT UNLOCK)'];
const expired: Rule = [
  'access',
  ({ dsn }) => `give the user a new password on the server (ALTER USER … IDENTIFIED BY …), and put it into ${dsn}`,
];
const plugin: Rule = [
  'access',
  () =>
    'let the user log in by a password in a way that the driver knows: caching_sha2_password on MySQL, mysql_native_password on MariaDB',
];
const tooMany: Rule = [
  'unreachable',
  ({ most }) => `lower ${most}, which counts for each replica, or raise the limit on the server`,
];
const userLimit: Rule = [
  'unreachable',
  ({ most }) => `lower ${most}, which counts for each replica, or raise the limit of the user (max_user_connections)`,
];
const variable: Rule = ['parameters', ({ dsn }) => `correct or remove it in ${dsn}`];

/** By the number of the server's error, as mysql2 takes the names from MySQL and MariaDB's numbers differ from 4000 on. */
const OF_SERVER: Readonly<Record<number, Rule>> = {
  1040: tooMany,
  1044: [
    'access',
    ({ dsn }) => `grant the user its rights on the database (GRANT …), or correct the database's name in ${dsn}`,
  ],
  1045: credentials,
  1049: ['database', ({ dsn }) => `create it (CREATE DATABASE … CHARACTER SET utf8mb4), or correct the name in ${dsn}`],
  1129: [
    'unreachable',
    () => 'let the server forget the failed connects of this host (FLUSH HOSTS), and see in its log what failed',
  ],
  1130: [
    'access',
    () => "make the user for this host on the server ('user'@'%' for all hosts), or connect from a host that it knows",
  ],
  1193: variable,
  1203: userLimit,
  1226: userLimit,
  1231: variable,
  1232: variable,
  1251: plugin,
  1275: plugin,
  1698: plugin,
  1820: expired,
  1862: expired,
  3118: locked,
  3159: ['tls', ({ dsn, ca }) => `add tls=true to ${dsn}, or give the CA of the server by ${ca}`],
  4151: locked,
};

const refused: Rule = [
  'unreachable',
  ({ dsn, isLocal }) =>
    `start the server, or correct host and port in ${dsn}` +
    (isLocal ? '; in a container localhost is the container itself, so name the host of the database' : ''),
];
const noWay: Rule = [
  'unreachable',
  ({ dsn }) => `see whether host and port in ${dsn} can be reached from here (network policy, firewall, routes)`,
];
const noAnswer: Rule = [
  'unreachable',
  ({ dsn }) =>
    `see whether host and port in ${dsn} are those of the database and can be reached from here (network policy, firewall), and whether the server hangs`,
];
const noName: Rule = [
  'unreachable',
  ({ dsn }) =>
    `correct the host name in ${dsn} (in Kubernetes <service>.<namespace>), or see whether names can be resolved here`,
];
const cutOff: Rule = [
  'unreachable',
  ({ dsn }) =>
    `see the log of what closed the connection: the server, a proxy before it, or what else has the port in ${dsn}`,
];
const OF_DRIVER: Readonly<Record<string, Rule>> = {
  AUTH_SWITCH_PLUGIN_ERROR: plugin,
  ECONNREFUSED: refused,
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  ETIMEDOUT: noAnswer,
  PROTOCOL_SEQUENCE_TIMEOUT: noAnswer,
  ENOTFOUND: noName,
  EAI_AGAIN: noName,
  ECONNRESET: cutOff,
  EPIPE: cutOff,
  PROTOCOL_CONNECTION_LOST: cutOff,
  // Of a socket in the file system.
  ENOENT: ['unreachable', ({ dsn }) => `start the server, or correct the path of its socket in ${dsn}`],
  EACCES: ['unreachable', () => 'give the user of this process the permission to use the socket of the server'],
  HANDSHAKE_NO_SSL_SUPPORT: [
    'tls',
    ({ dsn }) =>
      `switch TLS on at the server, or, where the network is trusted, set tls=preferred or tls=false in ${dsn}`,
  ],
};

const TLS = /^(?:HANDSHAKE_(?:NO_)?SSL|ERR_(?:TLS|SSL|OSSL)_)/;
/** By the words of OpenSSL and Node, as mysql2 puts a code of its own over theirs. */
const OF_TLS: readonly (readonly [RegExp, Rule])[] = [
  [
    /certificate has expired/,
    ['tls', () => 'renew the certificate of the server, or correct the clock of this machine'],
  ],
  [/not yet valid/, ['tls', () => 'correct the clock of this machine, or the certificate of the server']],
  [/does not match certificate/, ['tls', ({ dsn }) => `name the server in ${dsn} as its certificate does`]],
  [
    /self-signed|issuer certificate|verify the first certificate|certificate signature failure/,
    ['tls', ({ ca }) => `give the CA that issued the certificate of the server by ${ca}`],
  ],
];
const otherTls: Rule = [
  'tls',
  ({ dsn, ca }) =>
    `see the versions of TLS and the certificate of the server, and what ${ca} and \`tls\` in ${dsn} ask for`,
];

const LOOPBACK = /^(?:127\.|::1$)/;

/** What is known of an error of the driver, of the system or of the server behind it; anything else is `unreachable`. */
export function connectAdvice(
  error: unknown,
  { code = '', errno = 0 }: DriverError,
  { dataSource, isEncrypted }: { dataSource: string; isEncrypted: boolean },
): ConnectAdvice {
  const ofDriver = Object.hasOwn(OF_DRIVER, code) ? OF_DRIVER[code] : undefined;
  const [kind, fix] = OF_SERVER[errno] ?? ofDriver ?? (TLS.test(code) ? tlsRule(messageOf(error)) : refused);
  const { address } = (error ?? {}) as { address?: unknown };
  const place = {
    dsn: databaseVariable(dataSource, 'DSN'),
    ca: databaseVariable(dataSource, 'TLS_CA'),
    most: databaseVariable(dataSource, 'MAX_OPEN_CONNS'),
    isEncrypted,
    isLocal: typeof address === 'string' && LOOPBACK.test(address),
  };
  return { kind, fix: fix(place) };
}

function tlsRule(message: string): Rule {
  return OF_TLS.find(([pattern]) => pattern.test(message))?.[1] ?? otherTls;
}
