/**
 * Ends a connection of mysql2 at once. Its own destroy() only half-closes, so that with a frozen peer the socket would
 * stay, and forgets the commands that wait: they get the reason.
 */
export function hangUp(connection: { destroy(): void }, reason: Error): void {
  connection.destroy();
  (connection as { stream?: { destroy?(error: Error): void } }).stream?.destroy?.(reason);
}
