import { ClientRequest, IncomingMessage, OutgoingMessage } from 'node:http';

/**
 * A message of HTTP as a record shows it, `undefined` for what is none: its own properties are sockets, parsers and
 * headers as raw text, where nothing tells a secret by the name of its field.
 */
export function httpMessage(value: object): object | undefined {
  if (value instanceof IncomingMessage) {
    const { method, url, statusCode, headers } = value;
    return { method: method ?? undefined, url: url || undefined, statusCode: statusCode ?? undefined, headers };
  }
  if (value instanceof ClientRequest) {
    const { method, host, path } = value;
    return { method, host, path, headers: value.getHeaders() };
  }
  if (value instanceof OutgoingMessage) {
    const { statusCode } = value as OutgoingMessage & { statusCode?: number };
    return { statusCode, headers: value.getHeaders() };
  }
  return undefined;
}
