import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { UpgradedSocket } from './upgraded-socket.js';

const EVENTS = ['upgrade', 'connect'] as const;

/** Is told of each handshake once: with the status of its answer, `undefined` when its connection closed without one. */
export type HandshakeListener = (request: IncomingMessage, status: number | undefined, durationMs: number) => void;

/** Follows the connections of HTTP servers that became something else: websockets, tunnels, protocols of other libraries. */
export class UpgradedSockets {
  readonly #open = new Map<Duplex, UpgradedSocket>();
  #graceMs: number | undefined;
  #gone: PromiseWithResolvers<void> | undefined;

  constructor(private readonly onHandshake: HandshakeListener) {}

  /** Follows the upgrades of a server from now on, as long as somebody handles them. */
  follow(server: Server): void {
    for (const event of EVENTS) this.#followEvent(server, event);
  }

  /**
   * Tells every peer of a websocket, also one that is opened later, that the server goes away. One that has not closed
   * its connection after `graceMs` is cut off. Resolves when there is no websocket any more.
   */
  sayGoodbye(graceMs: number): Promise<void> {
    this.#graceMs = graceMs;
    for (const upgraded of this.#open.values()) this.#letGo(upgraded, graceMs);
    if (!this.#hasWebsockets()) return Promise.resolve();
    this.#gone ??= Promise.withResolvers();
    return this.#gone.promise;
  }

  /** Ends whatever is left. */
  end(): void {
    for (const upgraded of this.#open.values()) upgraded.end();
  }

  /** Cuts off whatever is left. */
  destroy(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  /** A listener of ours alone would be taken by Node for somebody who answers, and such requests would hang. */
  #followEvent(server: Server, event: (typeof EVENTS)[number]): void {
    const add = (request: IncomingMessage, socket: Duplex): void => this.#add(request, socket);
    const attach = (): void => {
      if (!server.listeners(event).includes(add)) server.prependListener(event, add);
    };
    server.on('newListener', (name, listener) => {
      if (name === event && listener !== add) attach();
    });
    server.on('removeListener', (name) => {
      if (name === event && server.listenerCount(event) === 1) server.removeListener(event, add);
    });
    if (server.listenerCount(event) > 0) attach();
  }

  #add(request: IncomingMessage, socket: Duplex): void {
    // Fastify's server for a second address hands its upgrades on to the first one.
    if (this.#open.has(socket) || socket.destroyed) return;
    const beganAt = performance.now();
    let isTold = false;
    const tell = (status?: number): void => {
      if (isTold) return;
      isTold = true;
      this.onHandshake(request, status, performance.now() - beganAt);
    };
    const upgraded = new UpgradedSocket(request, socket, tell);
    this.#open.set(socket, upgraded);
    socket.once('close', () => {
      tell();
      this.#open.delete(socket);
      if (!this.#gone || this.#hasWebsockets()) return;
      this.#gone.resolve();
      this.#gone = undefined;
    });
    if (this.#graceMs !== undefined) this.#letGo(upgraded, this.#graceMs);
  }

  #letGo(upgraded: UpgradedSocket, graceMs: number): void {
    if (!upgraded.isWebsocket) return;
    upgraded.sayGoodbye();
    // The answer to a handshake has to be complete before.
    upgraded.onOpened = () => setImmediate(() => upgraded.sayGoodbye());
    const { socket } = upgraded;
    const end = setTimeout(() => {
      upgraded.end();
      // What can be sent at once is on its way by then.
      setImmediate(() => socket.destroy());
    }, graceMs);
    socket.once('close', () => clearTimeout(end));
  }

  #hasWebsockets(): boolean {
    for (const { isWebsocket } of this.#open.values()) if (isWebsocket) return true;
    return false;
  }
}
