import { randomBytes } from 'node:crypto';

/** The W3C trace context of one unit of work (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  /** The flags byte as two hex digits; `01` = sampled. */
  readonly flags: string;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** The trace of a `traceparent` header; `undefined` for anything the W3C rules call invalid. Never throws. */
export function parseTraceparent(header: unknown): TraceContext | undefined {
  const match = typeof header === 'string' ? FORM.exec(header) : null;
  if (!match) return undefined;
  const [, version, traceId = '', spanId = '', flags = '00', rest] = match;
  // Version ff is forbidden; version 00 has exactly four fields, later ones may have more.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  return ZEROS.test(traceId) || ZEROS.test(spanId) ? undefined : { traceId, spanId, flags };
}

/** The flags that are defined: sampled and random. W3C wants the others of the caller sent on as zero. */
const KNOWN_FLAGS = 0b11;

/** The same trace with a span id of our own. */
export function childSpan({ traceId, flags }: TraceContext): TraceContext {
  const known = Number.parseInt(flags, 16) & KNOWN_FLAGS;
  return { traceId, spanId: randomBytes(8).toString('hex'), flags: known.toString(16).padStart(2, '0') };
}

export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
