import { errorMonitor, type EventEmitter } from 'node:events';
import type { PoolConnection } from 'mysql2';
import { countOf } from '../telemetry/count-of.js';
import { fingerprint } from '../telemetry/fingerprint.js';
import type { Operations } from '../telemetry/operations.js';

type End = (error?: unknown) => void;

/**
 * Measures what is asked of one connection without a callback, as streams are: from then on until the last row has come,
 * also when its reader has left before. All listeners only watch, so that an error that nobody listens to stays one.
 */
export class MeasuredStreams {
  readonly #running = new Set<End>();
  #watches = false;

  constructor(
    private readonly connection: PoolConnection,
    private readonly operations: Operations,
    private readonly onSuccess: () => void,
  ) {}

  /** @param send makes the command and sends it */
  measure(sql: string, send: () => unknown): unknown {
    this.#watch();
    const operation = this.operations.begin(sql);
    let rows: number | undefined;
    const end: End = (error) => {
      if (!this.#running.delete(end)) return;
      if (error === undefined) this.onSuccess();
      operation.end(error, error === undefined ? rows : undefined);
    };
    this.#running.add(end);
    try {
      const command = send() as EventEmitter;
      command.on('result', (row: unknown, index?: number) => {
        // Without an index it is the answer to a statement that changes.
        rows = index === undefined ? countOf(row) : (rows ?? 0) + 1;
      });
      command.once(errorMonitor, (error: Error) => {
        // mysql2 hangs the statement on its errors, with the values in it.
        if ('sql' in error) error.sql = fingerprint(sql);
        end(error);
      });
      command.once('end', () => end());
      return command;
    } catch (error) {
      end(error);
      throw error;
    }
  }

  /** mysql2 tells a command without a callback nothing of the loss of its connection, and of destroy() nobody. */
  #watch(): void {
    if (this.#watches) return;
    this.#watches = true;
    const { connection } = this;
    const destroy = connection.destroy.bind(connection);
    (connection as EventEmitter).on(errorMonitor, (error) => this.#endAll(error));
    Object.assign(connection, {
      destroy: () => {
        destroy();
        // A reason, where there is one, comes first.
        setImmediate(() => this.#endAll(closed()));
      },
    });
  }

  #endAll(error: unknown): void {
    for (const end of this.#running) end(error);
  }
}

function closed(): Error {
  return Object.assign(new Error('The connection was closed'), { code: 'PROTOCOL_CONNECTION_LOST' });
}
