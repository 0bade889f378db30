import type { AccessRecord, TraceContext } from '@eggybyte/observability';
import type { LineBuffer } from './line-buffer.js';
import { putBytes, putDigits, putInteger, putText } from './plain-bytes.js';
import { upToMilliseconds } from './record-time.js';

/** Routes are few; should somebody make them up at run time, only so many are kept. */
const MOST_ROUTES = 1000;

const LONGEST_PATH = 512;

/** Of a path that can stand in a record as it is: nothing to escape, nothing that could be a secret. */
const PLAIN = new Uint8Array(128);
for (const character of "-_.~!$&'()*+,;/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  PLAIN[character.charCodeAt(0)] = 1;
}

/** From here on a number is written as any other. */
const LARGE = 1_000_000_000;

/** Bytes of all but the beginning, the target and the path: ids of 128 characters at most, status, duration, size. */
const MOST_BESIDE = 1024;

const DOT = 46;

const TRACE_ID = Buffer.from('","trace_id":"');
const SPAN_ID = Buffer.from('","span_id":"');
const BYTES = Buffer.from(',"bytes":');
const END = Buffer.from(',"msg":"request"}\n');
const ABORTED_END = Buffer.from(',"aborted":true,"msg":"request"}\n');

/** What a line is made of: none of it keeps the request. */
export interface Answered {
  /** As of `Date.now()`. */
  at: number;
  record: AccessRecord;
  requestId: string;
  trace: TraceContext | undefined;
}

/** Whether there is nothing in a record to escape, to redact, or that JSON writes in a way of its own. */
export function isOrdinary({ path, durationMs, bytes }: AccessRecord): boolean {
  return isPlain(path) && isShort(durationMs * 1000) && (bytes === undefined || (isShort(bytes) && bytes % 1 === 0));
}

/**
 * Ordinary access records at `info`, as the lines that pino would write of them, put together from bytes that are there
 * already: there is one for each request.
 */
export class AccessLine {
  readonly #begin: LineBegin;
  /** By route and method. */
  readonly #targets = new Map<string, Map<string, Buffer>>();
  readonly #statuses: Buffer[] = [];

  /** @param bindings as pino has them: the text of the fields that every record has */
  constructor(bindings: string) {
    this.#begin = new LineBegin(bindings);
  }

  addTo(lines: LineBuffer, { at: time, record, requestId, trace }: Answered): void {
    const { path, status, durationMs, bytes: size, aborted } = record;
    const begin = this.#begin.bytes(time);
    const target = this.#targetOf(record);
    const bytes = lines.room(begin.length + target.length + path.length + MOST_BESIDE);
    let at = putText(bytes, putBytes(bytes, lines.end, begin), requestId);
    if (trace) {
      at = putText(bytes, putBytes(bytes, at, TRACE_ID), trace.traceId);
      at = putText(bytes, putBytes(bytes, at, SPAN_ID), trace.spanId);
    }
    at = putText(bytes, putBytes(bytes, at, target), path);
    at = putMilliseconds(bytes, putBytes(bytes, at, this.#statusOf(status)), durationMs);
    if (size !== undefined) at = putInteger(bytes, putBytes(bytes, at, BYTES), size);
    lines.end = putBytes(bytes, at, aborted ? ABORTED_END : END);
  }

  /** From behind the ids to the path. */
  #targetOf({ method, route }: AccessRecord): Buffer {
    let ofRoute = this.#targets.get(route);
    if (!ofRoute) {
      ofRoute = new Map();
      if (this.#targets.size < MOST_ROUTES) this.#targets.set(route, ofRoute);
    }
    let part = ofRoute.get(method);
    if (!part) {
      part = Buffer.from(`","method":${JSON.stringify(method)},"route":${JSON.stringify(route)},"path":"`);
      ofRoute.set(method, part);
    }
    return part;
  }

  /** From behind the path to the duration. */
  #statusOf(status: number): Buffer {
    return (this.#statuses[status] ??= Buffer.from(`","status":${status},"duration_ms":`));
  }
}

/** From the beginning of a line to the request's id. It is made once a second, and gets its milliseconds then. */
class LineBegin {
  readonly #before = '{"level":"info","time":"';
  readonly #behind: string;
  readonly #millisecondsAt = this.#before.length + '2000-01-01T00:00:00.'.length;
  #madeFor = Number.NaN;
  #bytes = Buffer.alloc(0);

  constructor(bindings: string) {
    this.#behind = `Z"${bindings},"request_id":"`;
  }

  /** Valid until the next call. */
  bytes(now: number): Buffer {
    const second = Math.floor(now / 1000);
    if (second !== this.#madeFor) {
      this.#madeFor = second;
      this.#bytes = Buffer.from(`${this.#before}${upToMilliseconds(now)}000${this.#behind}`);
    }
    putDigits(this.#bytes, this.#millisecondsAt, this.#millisecondsAt + 3, now - second * 1000);
    return this.#bytes;
  }
}

function isPlain(path: string): boolean {
  if (path.length > LONGEST_PATH) return false;
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code >= PLAIN.length || PLAIN[code] === 0) return false;
  }
  return true;
}

function isShort(value: number): boolean {
  return value >= 0 && value < LARGE;
}

/** To microseconds, as JSON has numbers. */
function putMilliseconds(bytes: Buffer, at: number, value: number): number {
  const micros = Math.round(value * 1000);
  const whole = Math.trunc(micros / 1000);
  const thousandths = micros - whole * 1000;
  const end = putInteger(bytes, at, whole);
  if (thousandths === 0) return end;
  bytes[end] = DOT;
  putDigits(bytes, end + 1, end + 4, thousandths);
  if (thousandths % 10 !== 0) return end + 4;
  return thousandths % 100 === 0 ? end + 2 : end + 3;
}
