import { AccessLog, type AccessRecord, enterContext, type RequestContext } from '@eggybyte/observability';
import { type Logger, pino } from 'pino';
import { AccessLine, type Answered, isOrdinary } from './access-line.js';
import { type AnnouncedLines, BatchedOutput } from './batched-output.js';
import type { LineBuffer } from './line-buffer.js';
import { RecordWatch, withoutLimit } from './record-watch.js';

const SERVER_ERROR = 500;

/** pino's insides that a line needs: where it goes, and the text of the fields that every record has. */
interface PinoInside {
  [pino.symbols.streamSym]: unknown;
  [pino.symbols.chindingsSym]: string;
}

/**
 * Writes access records to the application's logger: server errors at `error`, all others at `info`. There is one for each
 * request, so that an ordinary one goes to standard output past pino, to the letter as pino would write it, and many of
 * them at once: code that runs once a request has left the processor's cache when the next one comes.
 */
export class PinoAccessLog extends AccessLog implements AnnouncedLines {
  readonly #logger: Logger;
  readonly #watch: RecordWatch | undefined;
  readonly #output: BatchedOutput | undefined;
  readonly #line: AccessLine;
  #answered: Answered[] = [];

  constructor(root: Logger) {
    super();
    this.#logger = withoutLimit(root.child({ context: 'AccessLog' }));
    const inside = this.#logger as unknown as PinoInside;
    const { [pino.symbols.chindingsSym]: bindings, [pino.symbols.streamSym]: output } = inside;
    this.#watch = RecordWatch.of(root);
    // Only a logger of this lib is known to put nothing else into its records.
    this.#output = this.#watch && output instanceof BatchedOutput ? output : undefined;
    this.#line = new AccessLine(bindings);
  }

  override write(record: AccessRecord, context: RequestContext): void {
    const level = record.status >= SERVER_ERROR ? 'error' : 'info';
    if (!this.#logger.isLevelEnabled(level)) return;
    if (this.#output && level === 'info' && hasNone(context.fields) && isOrdinary(record)) {
      this.#announce(this.#output, record, context);
      return;
    }
    // Fields of the service's own, and what is rare, goes through everything that a record goes through. The close of an
    // answer comes from the connection, which knows no request.
    enterContext(context, () => this.#logger[level](fieldsOf(record), 'request'));
  }

  addTo(lines: LineBuffer): void {
    const answered = this.#answered;
    this.#answered = [];
    for (const each of answered) this.#line.addTo(lines, each);
  }

  #announce(output: BatchedOutput, record: AccessRecord, { requestId, trace }: RequestContext): void {
    this.#watch?.count('info');
    if (!output.takes()) return;
    this.#answered.push({ at: Date.now(), record, requestId, trace });
    output.announce(this);
  }
}

function hasNone(fields: object): boolean {
  for (const _ in fields) return false;
  return true;
}

function fieldsOf({ method, route, path, status, durationMs, bytes, aborted }: AccessRecord): object {
  return { method, route, path, status, duration_ms: toMicroseconds(durationMs), bytes, aborted };
}

function toMicroseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
