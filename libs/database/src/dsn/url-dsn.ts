import { DsnError } from '../database.errors.js';
import { applyParameters } from './dsn-parameters.js';
import { parseTls } from './dsn-tls.js';
import { decode } from './dsn-values.js';
import type { DsnOptions, MysqlDsn } from './dsn.js';
import { emptyMysqlDsn, parsePort } from './mysql-dsn.js';

const DEFAULT_PORTS: Record<string, string> = {
  'mysql:': '3306',
  'mysqls:': '3306',
  'mariadb:': '3306',
  'tidb:': '4000',
};

const ESCAPES = 'percent-encode @ : / ? # and % in user and password';

/** `mysql://user:password@host:port/name?parameter=value`; here everything is percent-encoded. */
export function parseUrlDsn(text: string, options: DsnOptions): MysqlDsn {
  const url = parseUrl(text);
  const defaultPort = Object.hasOwn(DEFAULT_PORTS, url.protocol) ? DEFAULT_PORTS[url.protocol] : undefined;
  if (!defaultPort) throw new DsnError('its scheme is not mysql, mysqls, mariadb, tidb or sqlite');

  const parameters = [...url.searchParams];
  const socketPath = parameters.find(([name]) => name === 'socket' || name === 'socketPath')?.[1];
  const address = socketPath
    ? { socketPath }
    : { host: decode('the host', hostOf(url)) || '127.0.0.1', port: parsePort(url.port || defaultPort) };
  const dsn = emptyMysqlDsn(address, decode('the name of the database', url.pathname.slice(1)));
  dsn.user = decode('the user', url.username) || undefined;
  dsn.password = decode('the password', url.password) || undefined;
  if (url.protocol === 'mysqls:') dsn.tls = parseTls('true', options);
  const others = parameters.filter(([name]) => name !== 'socket' && name !== 'socketPath');
  applyParameters(dsn, others, options);
  return dsn;
}

function parseUrl(text: string): URL {
  // The error of `new URL` holds the whole text, so it is not kept as the cause.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new DsnError('it is not a valid URL', ESCAPES);
  // An unescaped password may end where nobody thinks it does, and its rest would be taken for the name or a parameter.
  if (url.hash !== '' || /[@/]/.test(url.pathname.slice(1)) || url.search.includes('@')) {
    throw new DsnError('a character that must be percent-encoded stands as it is', ESCAPES);
  }
  return url;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
