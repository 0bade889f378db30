import { DsnError } from '../database.errors.js';
import type { DsnOptions, MysqlDsn } from './dsn.js';
import { parseTls } from './dsn-tls.js';
import { parseAttributes, parseBoolean, parseGoDuration, parseSessionVariable, parseTimezone } from './dsn-values.js';

type Parameter = (dsn: MysqlDsn, value: string, name: string, options: DsnOptions) => void;

const NAME_LIST = /^[a-z0-9_]+(?:,[a-z0-9_]+)*$/i;

const tls: Parameter = (dsn, value, _, options) => {
  dsn.tls = parseTls(value, options);
};

const timezone: Parameter = (dsn, value) => {
  dsn.timezone = parseTimezone(value);
};

/** Accepted so that a DSN of the Go library works as it is. */
function withoutEffect(why: string, check: (name: string, value: string) => unknown = () => undefined): Parameter {
  return (dsn, value, name) => {
    check(name, value);
    dsn.notes.push(`${name} has no effect: ${why}`);
  };
}

function refusedWhenTrue(why: string): Parameter {
  return (_, value, name) => {
    if (parseBoolean(name, value)) throw new DsnError(`parameter ${name} is refused: ${why}`, `remove ${name}`);
  };
}

const NO_COUNTERPART = 'the driver has no counterpart';

/** go-sql-driver's parameters, and the names that URLs use for the same things. */
const PARAMETERS: Record<string, Parameter> = {
  charset: (dsn, value, name) => {
    [dsn.charset] = nameList(name, value);
  },
  collation: (dsn, value, name) => {
    [dsn.collation] = nameList(name, value);
  },
  parseTime: (dsn, value, name) => {
    dsn.dateStrings = !parseBoolean(name, value);
  },
  loc: timezone,
  timezone,
  timeout: (dsn, value, name) => {
    dsn.connectTimeoutMs = parseGoDuration(name, value);
  },
  connectTimeout: (dsn, value, name) => {
    dsn.connectTimeoutMs = parseGoDuration(name, /^\d+$/.test(value) ? `${value}ms` : value);
  },
  tls,
  ssl: tls,
  sslmode: tls,
  'ssl-mode': tls,
  allowFallbackToPlaintext: (dsn, value, name) => {
    const fallback = parseBoolean(name, value);
    if (dsn.tls) dsn.tls = { ...dsn.tls, fallback };
  },
  multiStatements: (dsn, value, name) => {
    dsn.multipleStatements = parseBoolean(name, value);
    if (dsn.multipleStatements) dsn.notes.push('multiStatements widens what an SQL injection can do');
  },
  clientFoundRows: (dsn, value, name) => {
    dsn.foundRows = parseBoolean(name, value);
  },
  compress: (dsn, value, name) => {
    dsn.compress = parseBoolean(name, value);
  },
  connectionAttributes: (dsn, value) => {
    dsn.connectAttributes = parseAttributes(value);
  },
  allowCleartextPasswords: (dsn, value, name) => {
    dsn.allowCleartextPasswords = parseBoolean(name, value);
  },
  allowAllFiles: refusedWhenTrue('it lets the server read files of this machine'),
  allowOldPasswords: refusedWhenTrue('old passwords are not safe and not supported'),
  strict: () => {
    throw new DsnError('parameter strict was removed long ago', 'use sql_mode=%27STRICT_TRANS_TABLES%27');
  },
  readTimeout: (dsn, value, name) => {
    dsn.queryTimeoutMs = parseGoDuration(name, value);
  },
  writeTimeout: (dsn, value, name) => {
    dsn.queryTimeoutMs ??= parseGoDuration(name, value);
  },
  rejectReadOnly: withoutEffect('a connection to a read-only server is always closed', parseBoolean),
  interpolateParams: withoutEffect('values are always put in on this side', parseBoolean),
  columnsWithAlias: withoutEffect(NO_COUNTERPART, parseBoolean),
  tinyInt1IsBool: withoutEffect('the entity says which column is boolean', parseBoolean),
  checkConnLiveness: withoutEffect('closed connections leave the pool by themselves', parseBoolean),
  allowNativePasswords: withoutEffect('they are always allowed', parseBoolean),
  maxAllowedPacket: withoutEffect(NO_COUNTERPART),
  serverPubKey: withoutEffect(NO_COUNTERPART),
  timeTruncate: withoutEffect(NO_COUNTERPART),
};

/** Those that look at what others say. */
const LATE = new Set(['allowFallbackToPlaintext', 'writeTimeout']);

/** Puts parameters, already percent-decoded, into `dsn`, in an order that does not depend on how they were written. */
export function applyParameters(
  dsn: MysqlDsn,
  parameters: readonly (readonly [string, string])[],
  options: DsnOptions,
): void {
  const late = (name: string): number => (LATE.has(name) ? 1 : 0);
  for (const [name, value] of parameters.toSorted(([a], [b]) => late(a) - late(b))) {
    const apply = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (apply) apply(dsn, value, name, options);
    else dsn.sessionVariables.push(parseSessionVariable(name, value));
  }
  const { charset, collation } = dsn;
  const family = charset?.toLowerCase();
  if (family && collation && !(collation.toLowerCase() === 'binary' || collation.toLowerCase().startsWith(family))) {
    throw new DsnError('the collation does not belong to the charset');
  }
}

function nameList(name: string, value: string): string[] {
  if (!NAME_LIST.test(value)) throw new DsnError(`parameter ${name} is not a name`);
  return value.split(',');
}
