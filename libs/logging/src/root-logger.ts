import { activeTrace, outsideContext, requestContext, scrubText } from '@eggybyte/observability';
import { type Logger, pino } from 'pino';
import { boundedLine } from './bounded-line.js';
import { consoleLines } from './console-lines.js';
import { guardChildren, guardedMethod } from './guarded-pino.js';
import { type LogDestination, resolveRootLoggerOptions, type RootLoggerOptions } from './logging.options.js';
import { RecordGuard } from './record-guard.js';
import { recordTime } from './record-time.js';
import { RecordWatch } from './record-watch.js';
import { standardOutput } from './standard-output.js';

/** The pino logger that everything of one application is written with. */
export type RootLogger = Logger;

/** Shared by all records outside of a context; nothing is ever added to it. */
const NO_CONTEXT: object = Object.freeze({});

/**
 * A pino logger whose records have `time`, `level`, `msg`, `service`, `environment`, `version`, the ids of the request
 * they belong to, the caller's fields, and `err` as `{ type, message, stack, cause }`.
 *
 * A log call never throws, a record is always one line of bounded size, secrets are redacted by the name of their field
 * and in texts, and no field of a caller takes the place of one of the above: it is renamed to `field_<name>`.
 *
 * @throws ArgumentError for options that make no sense.
 */
export function createRootLogger(options: RootLoggerOptions): RootLogger {
  const { service, environment, version, level, format, destination, secretKeys } = resolveRootLoggerOptions(options);
  const guard = new RecordGuard(secretKeys);
  const output: LogDestination = destination ?? standardOutput();
  // Those of many requests, told in that of the first.
  const watch: RecordWatch = new RecordWatch((of, text, count) =>
    outsideContext(() => root.warn({ of_level: of, text, count }, 'records were left out, as they came too often')),
  );
  const root = pino(
    {
      level,
      base: { service, environment, version },
      timestamp: recordTime(),
      formatters: { level: (label) => ({ level: label }) },
      // What comes to these is safe already; pino's own would look into errors once more.
      serializers: { err: (error: unknown) => error, msg: (message: string) => scrubText(message) },
      mixin: () => contextFields(guard),
      mixinMergeStrategy: (fields, context) => (context === NO_CONTEXT ? fields : Object.assign(context, fields)),
      hooks: { logMethod: guardedMethod(guard, watch), streamWrite: (line) => written(watch, line) },
    },
    format === 'console' ? consoleLines(output) : output,
  );
  guardChildren(root, guard);
  watch.belongTo(root);
  return root;
}

/** Writes out what is still buffered, synchronously; never throws. For the end of the process. */
export function flushLogger(root: RootLogger): void {
  try {
    RecordWatch.of(root)?.tellLeftOut();
    const { [pino.symbols.streamSym]: output } = root as unknown as { [pino.symbols.streamSym]: LogDestination };
    output.flushSync?.();
  } catch {
    // The output is closed: nobody is left to read it.
  }
}

function written(watch: RecordWatch, text: string): string {
  const line = boundedLine(text);
  watch.written(line);
  return line;
}

function contextFields(guard: RecordGuard): object {
  const context = requestContext();
  const trace = activeTrace();
  if (!context) return trace ? { trace_id: trace.traceId, span_id: trace.spanId } : NO_CONTEXT;
  const { requestId, fields } = context;
  const ids = trace
    ? { request_id: requestId, trace_id: trace.traceId, span_id: trace.spanId }
    : { request_id: requestId };
  for (const _ in fields) return Object.assign(ids, guard.fields(fields));
  return ids;
}
