import type { PoolConnection } from 'mysql2';
import { hangUp } from '../connection/hang-up.js';

interface Stream {
  destroyed: boolean;
  destroySoon(): void;
  once(event: 'close', listener: () => void): void;
}

/** An idle connection says goodbye, so that the server counts no aborted client, and closes its socket whether or not that is read. */
export function closeGently(connection: PoolConnection): void {
  const stream = streamOf(connection);
  // With `gracefulEnd` this is not a release.
  connection.end();
  stream.destroySoon();
}

/**
 * Closes all of them by `end`, in the driver's own way: idle ones at once, busy ones after what they do. Those that are
 * left after the grace are hung up, as with a frozen server they would hold the process. Calls `done` once.
 */
export function closeWithin(
  graceMs: number,
  connections: readonly PoolConnection[],
  end: (ended: () => void) => void,
  done: () => void,
): void {
  const open = new Set(connections.filter((connection) => !streamOf(connection).destroyed));
  let ended = false;
  const finish = (): void => {
    if (!ended) done();
    ended = true;
  };
  const timer = setTimeout(() => {
    for (const connection of open) hangUp(connection, new Error('Pool is closed.'));
    finish();
  }, graceMs);
  const settle = (): void => {
    if (ended && open.size === 0) clearTimeout(timer);
  };
  for (const connection of open) {
    streamOf(connection).once('close', () => {
      open.delete(connection);
      settle();
    });
  }
  end(() => {
    finish();
    settle();
  });
}

function streamOf(connection: PoolConnection): Stream {
  return (connection as unknown as { stream: Stream }).stream;
}
