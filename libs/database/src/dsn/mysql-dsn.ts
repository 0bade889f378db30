import { DsnError } from '../database.errors.js';
import type { MysqlDsn } from './dsn.js';

/** A DSN that says nothing but where: UTC, dates as `Date`, no TLS. */
export function emptyMysqlDsn(address: MysqlDsn['address'], database: string): MysqlDsn {
  if (database === '')
    throw new DsnError('it names no database', 'write the name after the slash: …@tcp(host:3306)/name');
  return {
    kind: 'mysql',
    user: undefined,
    password: undefined,
    address,
    database,
    charset: undefined,
    collation: undefined,
    timezone: 'Z',
    dateStrings: false,
    connectTimeoutMs: undefined,
    queryTimeoutMs: undefined,
    tls: undefined,
    multipleStatements: false,
    foundRows: true,
    compress: false,
    allowCleartextPasswords: false,
    connectAttributes: undefined,
    sessionVariables: [],
    notes: [],
  };
}

/** The protocol ends both by a zero byte: what stands behind it would be read as the next field. */
export function refuseZeroBytes({ user, database }: Pick<MysqlDsn, 'user' | 'database'>): void {
  if (user?.includes('\0') || database.includes('\0')) throw new DsnError('the user or the name holds a zero byte');
}

const HIGHEST_PORT = 65_535;

export function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > HIGHEST_PORT) throw new DsnError('the port is not from 1 to 65535');
  return port;
}
