import { Server } from 'node:http';
import { AbstractHttpAdapter } from '@nestjs/core';

type Listening = (...result: unknown[]) => void;

/** Takes every route and every middleware, and forgets it. */
const NO_FRAMEWORK: object = new Proxy({}, { get: () => () => undefined });

/**
 * A Nest adapter that serves nothing and loads no framework, for an application without HTTP: Nest calls the same
 * `init`, `listen` and `beforeClose` as with a server. Its `listen` binds nothing and calls back at once.
 */
export class NoServerAdapter extends AbstractHttpAdapter<Server> {
  constructor() {
    super(NO_FRAMEWORK);
    // Nest and gateways hang listeners on it; it never listens, so nothing ever comes and nothing stays open.
    this.setHttpServer(new Server());
  }

  override listen(...args: unknown[]): void {
    (args.at(-1) as Listening | undefined)?.();
  }

  getType(): string {
    return 'none';
  }

  close(): void {}
  initHttpServer(): void {}
  useStaticAssets(): void {}
  setViewEngine(): void {}
  registerParserMiddleware(): void {}
  enableCors(): void {}
  setErrorHandler(): void {}
  setNotFoundHandler(): void {}

  createMiddlewareFactory(): () => void {
    return () => undefined;
  }

  applyVersionFilter(handler: Function): () => Function {
    return () => handler;
  }

  // There is never a request: nobody calls what follows.
  getRequestHostname(): void {}
  getRequestMethod(): void {}
  getRequestUrl(): void {}
  status(): void {}
  reply(): void {}
  end(): void {}
  render(): void {}
  redirect(): void {}
  isHeadersSent(): void {}
  getHeader(): void {}
  setHeader(): void {}
  appendHeader(): void {}
}
