import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { ModulesContainer } from '@nestjs/core';
import type { DrainableServer } from '../drainable-server.js';

type StartHook = (transport: unknown, context: unknown, done: () => unknown) => unknown;
type EndHook = (transport: unknown, context: unknown) => unknown;

/** What a server of `@nestjs/microservices` has of interest here; a strategy of somebody's own may have less. */
interface MessageServer {
  onProcessingStartHook?: StartHook;
  onProcessingEndHook?: EndHook;
  setOnProcessingStartHook?(hook: StartHook): void;
  setOnProcessingEndHook?(hook: EndHook): void;
}

/**
 * Waits for the messages at hand of microservices that are connected to an application (`app.connectMicroservice`):
 * closing them cuts connections, with answers that are not sent yet. They take messages until Nest closes them, after
 * the services have stopped.
 */
export class MessageDrain implements DrainableServer {
  /** Since when each is handled, by its context. */
  readonly #open = new Map<unknown, number>();
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(modules: ModulesContainer) {
    modules.getRpcTargetRegistry<MessageServer>().subscribe((server) => this.#follow(server));
  }

  get inflight(): number {
    return this.#open.size;
  }

  beginDrain(): void {}

  async finish(timeoutMs: number): Promise<readonly string[]> {
    const over = new AbortController();
    await Promise.race([this.#whenIdle(), sleep(timeoutMs, undefined, over).catch(() => undefined)]);
    over.abort();
    // An answer is sent in the turn after its handler has ended.
    await nextTurn();
    const now = performance.now();
    return [...this.#open].map(([context, at]) => `message ${patternOf(context)} (${Math.round(now - at)} ms)`);
  }

  #follow(server: MessageServer): void {
    if (!server.setOnProcessingStartHook || !server.setOnProcessingEndHook) return;
    let { onProcessingStartHook: start, onProcessingEndHook: end } = server;
    server.setOnProcessingStartHook((transport, context, done) => {
      this.#open.set(context, performance.now());
      return start ? start.call(server, transport, context, done) : done();
    });
    server.setOnProcessingEndHook((transport, context) => {
      this.#open.delete(context);
      if (this.#open.size === 0) this.#idle?.resolve();
      return end?.call(server, transport, context);
    });
    // Those of others go on working, inside of these.
    server.setOnProcessingStartHook = (hook) => void (start = hook);
    server.setOnProcessingEndHook = (hook) => void (end = hook);
  }

  #whenIdle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    this.#idle = Promise.withResolvers();
    return this.#idle.promise;
  }
}

function patternOf(context: unknown): string {
  const { getPattern } = (context ?? {}) as { getPattern?: unknown };
  const pattern: unknown = typeof getPattern === 'function' ? getPattern.call(context) : undefined;
  return typeof pattern === 'string' ? pattern : 'of an unknown pattern';
}
