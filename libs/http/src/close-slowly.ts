import type { Socket } from 'node:net';

/** How long the peer of a connection that is being closed is listened to. */
const LINGER_MS = 500;

/**
 * Ends a connection, after what was written on it, and goes on reading until its peer has ended it too: were something
 * unread when it is closed, the system would tell the peer of a broken connection and throw away what is on its way.
 */
export function closeSlowly(socket: Socket): void {
  socket.end();
  socket.once('end', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** Lets Node, once it has given the last answer on a connection, close it {@link closeSlowly slowly}. */
export function closeSlowlyAtLast(socket: Socket): void {
  socket.destroySoon = () => closeSlowly(socket);
}
