import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import type { EggyRuntime } from './runtime.js';
import { urlOf } from './url-of.js';

/** Starts the services, then listens on HOST and PORT; resolves to the URL. */
export async function serveHttp(app: INestApplication, { config }: EggyRuntime): Promise<string> {
  await app.listen(config.PORT, config.HOST);
  const { port } = app.getHttpServer().address() as AddressInfo;
  return urlOf(config.HOST, port);
}

/** Starts the services. Not by app.listen(), which waits for the address of a server. */
export function serveNothing(app: INestApplication): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const callback = (error?: unknown): void => (error ? reject(error) : resolve(undefined));
    app.getHttpAdapter().listen(0, callback);
  });
}
