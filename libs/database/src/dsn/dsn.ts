/** Where a database is and how to talk to it, as a DSN says it. Defaults of the module's options are not in here. */
export type Dsn = MysqlDsn | SqliteDsn;

/** MySQL, MariaDB or TiDB: which of them answers is asked of the server, never read from the DSN. */
export interface MysqlDsn {
  kind: 'mysql';
  user: string | undefined;
  password: string | undefined;
  address: { host: string; port: number } | { socketPath: string };
  database: string;
  /** First of the DSN's `charset` list. */
  charset: string | undefined;
  collation: string | undefined;
  /** How instants are written into columns without a zone: UTC, the process's zone, or a fixed offset such as `+08:00`. */
  timezone: 'Z' | 'local' | `${'+' | '-'}${string}`;
  /** Dates arrive as text: `parseTime=false`. */
  dateStrings: boolean;
  /** Deadline of one attempt to connect, in milliseconds; absent: the module's option. */
  connectTimeoutMs: number | undefined;
  /** Deadline of a statement, in milliseconds, 0 for none; absent: the module's option. */
  queryTimeoutMs: number | undefined;
  /** `false` where the DSN says `tls=false`; `undefined` where it says nothing, and a CA that is given turns TLS on. */
  tls: DsnTls | false | undefined;
  multipleStatements: boolean;
  /** `affected` counts matched rows; with `clientFoundRows=false` only changed ones. */
  foundRows: boolean;
  compress: boolean;
  allowCleartextPasswords: boolean;
  connectAttributes: Record<string, string> | undefined;
  /** System variables of each new connection, as `name = value`. */
  sessionVariables: string[];
  /** Parameters that were understood and have no effect, each with its reason. */
  notes: string[];
}

/** SQLite inside this process. */
export interface SqliteDsn {
  kind: 'sqlite';
  /** Path of the file, or `:memory:`. */
  file: string;
}

export interface DsnTls {
  /** What is checked of the server's certificate: issuer and host name, issuer only, or nothing. */
  verify: 'identity' | 'issuer' | 'nothing';
  /** Goes on without TLS when the server has none. */
  fallback: boolean;
  /** A configuration registered by name; it may hold a CA, a client certificate and its key. */
  config: TlsConfig | undefined;
}

/** TLS material by name, for `tls=<name>`. All in PEM. */
export interface TlsConfig {
  ca?: string;
  cert?: string;
  key?: string;
  /** Host name the certificate must be for, where it differs from the DSN's. */
  servername?: string;
}

export interface DsnOptions {
  /** Configurations that `tls=<name>` may refer to. */
  tlsConfigs?: Readonly<Record<string, TlsConfig>>;
}
