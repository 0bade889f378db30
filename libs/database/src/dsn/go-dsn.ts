import { DsnError } from '../database.errors.js';
import { applyParameters } from './dsn-parameters.js';
import { decode } from './dsn-values.js';
import type { DsnOptions, MysqlDsn } from './dsn.js';
import { emptyMysqlDsn, parsePort, refuseZeroBytes } from './mysql-dsn.js';

/**
 * `[user[:password]@][net[(address)]]/name[?parameter=value&…]`. The last `/` begins the name, the last `@` before it
 * ends the credentials and the first `:` ends the user, so that a password needs no escaping.
 */
export function parseGoDsn(text: string, options: DsnOptions): MysqlDsn {
  const slash = text.lastIndexOf('/');
  if (slash < 0) throw new DsnError('there is no slash before the name of the database');
  const left = text.slice(0, slash);
  const right = text.slice(slash + 1);
  // What stands here is then a part of the password, and nothing of it may be taken for a name that messages show.
  if (right.includes('@')) {
    throw new DsnError('an @ stands after the last slash', 'end it with /name, and write an @ behind that as %40');
  }
  const at = left.lastIndexOf('@');
  const question = right.indexOf('?');
  const name = decode('the name of the database', question < 0 ? right : right.slice(0, question));

  const dsn = emptyMysqlDsn(parseAddress(left.slice(at + 1)), name);
  if (at >= 0) Object.assign(dsn, parseCredentials(left.slice(0, at)));
  refuseZeroBytes(dsn);
  if (question >= 0) applyParameters(dsn, parseParameters(right.slice(question + 1)), options);
  return dsn;
}

function parseCredentials(text: string): Pick<MysqlDsn, 'user' | 'password'> {
  const colon = text.indexOf(':');
  return colon < 0
    ? { user: text, password: undefined }
    : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

const ADDRESS = /^(?<net>[^(]*)(?:\((?<address>.*)\))?$/s;
const TCP = /^(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^:]*))(?::(?<port>\d+))?$/;

function parseAddress(text: string): MysqlDsn['address'] {
  const match = ADDRESS.exec(text)?.groups;
  if (!match) {
    throw new DsnError(
      'the address in parentheses does not end where the name of the database begins',
      'close the parenthesis, and write a slash in a parameter as %2F',
    );
  }
  const { net, address = '' } = match;
  if (net === 'unix') return { socketPath: address || '/tmp/mysql.sock' };
  if (net !== '' && net !== 'tcp' && net !== 'tcp4' && net !== 'tcp6') {
    throw new DsnError(
      'the part between the last @ and the slash is neither tcp(host:port) nor unix(path)',
      'write user:password@tcp(host:3306)/name',
    );
  }
  const tcp = TCP.exec(address)?.groups;
  if (!tcp) throw new DsnError('the address is not host:port', 'write an IPv6 address in brackets: tcp([::1]:3306)');
  return { host: (tcp['ipv6'] ?? tcp['host']) || '127.0.0.1', port: parsePort(tcp['port'] ?? '3306') };
}

/** go-sql-driver skips what has no `=`. */
function parseParameters(text: string): [string, string][] {
  return text
    .split('&')
    .filter((pair) => pair.includes('='))
    .map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), decode('a parameter', pair.slice(equals + 1), true)];
    });
}
