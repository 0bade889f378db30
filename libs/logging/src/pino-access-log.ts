import { AccessLog, type AccessRecord, enterContext, type RequestContext } from '@eggybyte/observability';
import { type Logger, pino } from 'pino';
import type { LogDestination } from './logging.options.js';
import { recordTime } from './record-time.js';
import { AccessTexts, rounded } from './access-texts.js';
import { RecordWatch, withoutLimit } from './record-watch.js';

const SERVER_ERROR = 500;

/** A path that can stand in a record as it is: no quote, nothing to escape, nothing that could be a secret. */
const PLAIN_PATH = /^[\w/.~!$&'()*+,;-]{0,512}$/;

/** pino's insides that a line needs: where it goes, and the text of the fields that every record has. */
interface PinoInside {
  [pino.symbols.streamSym]: LogDestination;
  [pino.symbols.chindingsSym]: string;
}

/**
 * Writes access records to the application's logger: server errors at `error`, all others at `info`. There is one for each
 * request, so that an ordinary one is written as text, as pino would write it, and costs a fraction.
 */
export class PinoAccessLog extends AccessLog {
  readonly #logger: Logger;
  readonly #watch: RecordWatch | undefined;
  readonly #time = recordTime();
  readonly #texts = new AccessTexts();

  constructor(root: Logger) {
    super();
    this.#logger = withoutLimit(root.child({ context: 'AccessLog' }));
    this.#watch = RecordWatch.of(root);
  }

  override write(record: AccessRecord, context: RequestContext): void {
    const level = record.status >= SERVER_ERROR ? 'error' : 'info';
    if (!this.#logger.isLevelEnabled(level)) return;
    // Only a logger of this lib is known to put nothing else into its records.
    if (this.#watch && isPlain(record, context)) this.#writeText(this.#watch, level, record, context);
    // The close of an answer comes from the connection, which knows no request.
    else enterContext(context, () => this.#logger[level](fieldsOf(record), 'request'));
  }

  #writeText(watch: RecordWatch, level: 'info' | 'error', record: AccessRecord, context: RequestContext): void {
    const inside = this.#logger as unknown as PinoInside;
    const { trace } = context;
    const ids = trace ? `","trace_id":"${trace.traceId}","span_id":"${trace.spanId}` : '';
    const { [pino.symbols.chindingsSym]: bindings, [pino.symbols.streamSym]: stream } = inside;
    const texts = this.#texts;
    const line =
      texts.begin(level, this.#time(), bindings) +
      context.requestId +
      ids +
      texts.target(record) +
      record.path +
      texts.status(record.status) +
      texts.duration(record.durationMs) +
      texts.end(record);
    watch.note(level, line);
    stream.write(line);
  }
}

/** Fields of the service's own, and what is rare, goes through everything that a record goes through. */
function isPlain({ path, bytes }: AccessRecord, { fields }: RequestContext): boolean {
  for (const _ in fields) return false;
  return PLAIN_PATH.test(path) && (bytes === undefined || Number.isSafeInteger(bytes));
}

function fieldsOf({ method, route, path, status, durationMs, bytes, aborted }: AccessRecord): object {
  return { method, route, path, status, duration_ms: rounded(durationMs), bytes, aborted };
}
