import { DsnError } from '../database.errors.js';
import { applyParameters } from './dsn-parameters.js';
import { parseTls } from './dsn-tls.js';
import { decode } from './dsn-values.js';
import type { DsnOptions, MysqlDsn } from './dsn.js';
import { emptyMysqlDsn, parsePort, refuseZeroBytes } from './mysql-dsn.js';

const DEFAULT_PORTS = new Map([
  ['mysql:', '3306'],
  ['mysqls:', '3306'],
  ['mariadb:', '3306'],
  ['tidb:', '4000'],
]);

const ESCAPES = 'percent-encode @ : / ? # and % in user and password';

/** Whether a text that begins with this and `//` is a URL for certain; `scheme` ends with its colon. */
export function isKnownScheme(scheme: string): boolean {
  return DEFAULT_PORTS.has(scheme.toLowerCase());
}

/** `mysql://user:password@host:port/name?parameter=value`; here everything is percent-encoded. */
export function parseUrlDsn(text: string, options: DsnOptions): MysqlDsn {
  const url = parseUrl(text);
  const defaultPort = DEFAULT_PORTS.get(url.protocol);
  if (!defaultPort) throw new DsnError('its scheme is not mysql, mysqls, mariadb, tidb or sqlite');

  const parameters = [...url.searchParams];
  const socketPath = parameters.find(([name]) => name === 'socket' || name === 'socketPath')?.[1];
  const address = socketPath
    ? { socketPath }
    : { host: decode('the host', hostOf(url)) || '127.0.0.1', port: parsePort(url.port || defaultPort) };
  const dsn = emptyMysqlDsn(address, decode('the name of the database', url.pathname.slice(1)));
  dsn.user = decode('the user', url.username) || undefined;
  dsn.password = decode('the password', url.password) || undefined;
  refuseZeroBytes(dsn);
  if (url.protocol === 'mysqls:') dsn.tls = parseTls('true', options);
  const others = parameters.filter(([name]) => name !== 'socket' && name !== 'socketPath');
  applyParameters(dsn, others, options);
  return dsn;
}

function parseUrl(text: string): URL {
  // `new URL` takes tabs and line breaks away, and another password would be left.
  if (/\p{Cc}/u.test(text)) throw new DsnError('a control character stands in it', ESCAPES);
  // The error of `new URL` holds the whole text, so it is not kept as the cause.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new DsnError('it is not a valid URL', ESCAPES);
  // Without a host behind it a password that begins with a slash would be the name, which logs show.
  if (EMPTY_PORT.test(text))
    throw new DsnError('there is a colon and no port behind it', 'write the port, or no colon');
  // An unescaped password may end where nobody thinks it does, and its rest would be taken for the name or a parameter.
  if (url.hash !== '' || /[@/]/.test(url.pathname.slice(1)) || url.search.includes('@')) {
    throw new DsnError('a character that must be percent-encoded stands as it is', ESCAPES);
  }
  return url;
}

const EMPTY_PORT = /^[^:]+:\/\/[^/?#]*:(?:[/?#]|$)/;

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
