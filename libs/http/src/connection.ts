import type { Socket } from 'node:net';
import type { TrackedRequest } from './tracked-request.js';

/** On a socket, what is known of it. It is looked up several times for each request, which a `WeakMap` makes dear. */
const CONNECTION = Symbol('eggybyte:http:connection');

/** What is known of a connection with requests. */
export class Connection {
  /** Whether Node has read its requests, so that it calls with each of them. */
  readonly isReadByNode: boolean;
  /** The last request that came on it, answered or not. */
  latest: TrackedRequest | undefined;
  /** The answers that wait behind others on it. */
  pipelined: Set<TrackedRequest> | undefined;

  constructor(socket: Socket) {
    this.isReadByNode = 'parser' in socket;
  }

  static of(socket: Socket): Connection {
    const carrier = socket as Socket & { [CONNECTION]?: Connection };
    return (carrier[CONNECTION] ??= new Connection(socket));
  }
}
