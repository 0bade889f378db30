import { ArgumentError } from '@eggybyte/errors';

/** Where a memcached server is. */
export interface ServerAddress {
  host: string;
  port: number;
}

const DEFAULT_PORT = 11_211;
const FORM = /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<name>[\w.-]+))(?::(?<port>\d{1,5}))?$/i;

/** @throws ArgumentError unless it is `host`, `host:port` or `[ipv6]:port`. */
export function parseServerAddress(text: string): ServerAddress {
  const groups = typeof text === 'string' ? FORM.exec(text)?.groups : undefined;
  const port = Number(groups?.['port'] ?? DEFAULT_PORT);
  const host = groups?.['ipv6'] ?? groups?.['name'];
  if (host === undefined || port < 1 || port > 65_535) {
    throw new ArgumentError('servers', '`host:port` or `[ipv6]:port` each', text);
  }
  return { host, port };
}
