import type { Socket } from 'node:net';
import { ContextEntrance } from '@eggybyte/observability';
import type { TrackedRequest } from './tracked-request.js';

/** On a socket, what is known of it. It is looked up several times for each request, which a `WeakMap` makes dear. */
const CONNECTION = Symbol('eggybyte:http:connection');

/** What is known of a connection with requests. */
export class Connection {
  /** Its requests get what every other storage held when it came. */
  readonly entrance = new ContextEntrance();
  /** The last request that came on it, answered or not. */
  latest: TrackedRequest | undefined;
  /** The answers that wait behind others on it. */
  pipelined: Set<TrackedRequest> | undefined;

  static of(socket: Socket): Connection {
    const carrier = socket as Socket & { [CONNECTION]?: Connection };
    return (carrier[CONNECTION] ??= new Connection());
  }
}
