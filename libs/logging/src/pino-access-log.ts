import { AccessLog, type AccessRecord } from '@eggybyte/observability';
import type { Logger as PinoRoot } from 'pino';
import { withoutLimit } from './record-watch.js';

const SERVER_ERROR = 500;

/** Writes access records to the application's logger: server errors at `error`, all others at `info`. */
export class PinoAccessLog extends AccessLog {
  readonly #logger: PinoRoot;

  constructor(root: PinoRoot) {
    super();
    this.#logger = withoutLimit(root.child({ context: 'AccessLog' }));
  }

  override write({ method, route, path, status, durationMs, bytes, aborted }: AccessRecord): void {
    const fields = { method, route, path, status, duration_ms: rounded(durationMs), bytes, aborted };
    if (status >= SERVER_ERROR) this.#logger.error(fields, 'request');
    else this.#logger.info(fields, 'request');
  }
}

/** Microseconds are enough. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
