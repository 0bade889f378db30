import { DsnError } from '../database.errors.js';
import type { Dsn, DsnOptions, MysqlDsn, SqliteDsn } from './dsn.js';
import { parseGoDsn } from './go-dsn.js';
import { isKnownScheme, parseUrlDsn } from './url-dsn.js';

const SQLITE = /^sqlite:(?:\/\/)?(.*)$/is;
const SCHEME = /^([a-z][a-z0-9+.-]*:)\/\//i;
/** No URL has an address like this; without it `user://secret@tcp(db)/shop` would be one. */
const GO_ADDRESS = /@(?:tcp[46]?|unix)\(/;

/**
 * Reads a DSN: Go's `user:password@tcp(host:3306)/name?charset=utf8mb4&parseTime=True`, a URL with the scheme mysql,
 * mysqls (TLS), mariadb or tidb, or `sqlite:./file.db`, `sqlite::memory:`.
 *
 * @throws DsnError and nothing else; its message holds no part of the DSN that could be a secret.
 */
export function parseDsn(dsn: string, options: DsnOptions = {}): Dsn {
  const text = typeof dsn === 'string' ? dsn.trim() : '';
  if (text === '') throw new DsnError('it is empty');
  if (text === ':memory:') return { kind: 'sqlite', file: text };
  const sqlite = SQLITE.exec(text);
  if (sqlite) return parseSqliteDsn(sqlite[1] ?? '');
  return isUrl(text) ? parseUrlDsn(text, options) : parseGoDsn(text, options);
}

function isUrl(text: string): boolean {
  const scheme = SCHEME.exec(text)?.[1];
  return scheme !== undefined && (isKnownScheme(scheme) || !GO_ADDRESS.test(text));
}

function parseSqliteDsn(file: string): SqliteDsn {
  if (file === '') throw new DsnError('it names no file', 'write sqlite:./file.db or sqlite::memory:');
  if (file.includes('?')) throw new DsnError('sqlite: takes no parameters', 'end the DSN after the file');
  if (file.includes('\0')) throw new DsnError('the name of the file holds a zero byte');
  return { kind: 'sqlite', file };
}

/** A DSN for logs and messages: where it leads and as whom, never the password. An unreadable one says only so. */
export function redactDsn(dsn: string | Dsn, options: DsnOptions = {}): string {
  if (typeof dsn !== 'string') return dsn.kind === 'sqlite' ? `sqlite:${dsn.file}` : redactMysql(dsn);
  try {
    return redactDsn(parseDsn(dsn, options));
  } catch {
    return '(unreadable DSN)';
  }
}

function redactMysql({ user, password, address, database }: MysqlDsn): string {
  const credentials = user === undefined ? '' : `${user}${password === undefined ? '' : ':***'}@`;
  const where = 'host' in address ? `${bracketed(address.host)}:${address.port}` : `unix(${address.socketPath})`;
  return `mysql://${credentials}${where}/${database}`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
