import { connect, type Socket } from 'node:net';
import { request } from 'node:http';

/** Writes bytes to a port and resolves to all that came back, once the server has closed or `ms` have passed. */
export function sendRaw(port: number, bytes: string | Buffer, ms = 5000): Promise<RawAnswer> {
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  const chunks: Buffer[] = [];
  const socket: Socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  const finish = (closed: boolean): void => {
    clearTimeout(timer);
    socket.destroy();
    resolve({ text: Buffer.concat(chunks).toString('latin1'), closed, tookMs: performance.now() - began });
  };
  const timer = setTimeout(() => finish(false), ms);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.on('close', () => finish(true));
  return promise;
}

export interface RawAnswer {
  text: string;
  /** The server closed the connection. */
  closed: boolean;
  tookMs: number;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  tookMs: number;
}

/** One request on a connection of its own, by node:http, as `fetch` shares connections and hides some methods. */
export function ask(
  port: number,
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
  host = '127.0.0.1',
): Promise<Answer> {
  const began = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const call = request({ host, port, path, method, headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks).toString(),
        tookMs: performance.now() - began,
      }),
    );
  });
  call.on('error', reject);
  call.end();
  return promise;
}
