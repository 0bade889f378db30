/** Where a MySQL-like server is, and as whom. */
export interface ServerAddress {
  host: string;
  port: number;
  user: string;
  password: string;
}

const GO_FORM = /^(?<user>[^:@]*)(?::(?<password>.*))?@tcp\((?<host>[^)]*?)(?::(?<port>\d+))?\)\/(?<database>[^?]*)/;
const MYSQL_PORT = 3306;

/** Reads the server's address out of a DSN in Go or URL form; the database it names is not used. */
export function parseServerDsn(dsn: string): ServerAddress {
  const go = GO_FORM.exec(dsn)?.groups;
  if (go) {
    const { user = '', password = '', host = '', port } = go;
    return { host, port: Number(port ?? MYSQL_PORT), user, password };
  }
  const url = new URL(dsn);
  return {
    host: url.hostname,
    port: Number(url.port || MYSQL_PORT),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

/** `user:pass@tcp(host:port)/database?…`, as the Go library's users write it. */
export function goDsn({ user, password, host, port }: ServerAddress, database: string): string {
  return `${user}:${password}@tcp(${host}:${port})/${database}?charset=utf8mb4&parseTime=True`;
}

/** `mysql://user:pass@host:port/database`. */
export function urlDsn({ user, password, host, port }: ServerAddress, database: string): string {
  return `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}
