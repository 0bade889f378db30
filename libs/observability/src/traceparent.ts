import { randomBytes } from 'node:crypto';

/** The W3C trace context of one unit of work (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  /** The flags byte as two hex digits; `01` = sampled. */
  readonly flags: string;
  /** The caller's `tracestate`, handed on as it came. */
  readonly state?: string | undefined;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** Printable characters; W3C wants at least 512 of them handed on. */
const STATE = /^[\x20-\x7e]{1,1024}$/;
/** More are invalid for W3C, whose advice is to drop all of them. */
const MOST_MEMBERS = 32;

/**
 * The trace of a `traceparent` header; `undefined` for anything the W3C rules call invalid. Never throws. A `tracestate`
 * counts beside a valid one only, and is dropped when it cannot be a header again.
 */
export function parseTraceparent(header: unknown, state?: string | string[]): TraceContext | undefined {
  const match = typeof header === 'string' ? FORM.exec(header) : null;
  if (!match) return undefined;
  const [, version, traceId = '', spanId = '', flags = '00', rest] = match;
  // Version ff is forbidden; version 00 has exactly four fields, later ones may have more.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  const known = typeof state === 'string' && STATE.test(state) && state.split(',').length <= MOST_MEMBERS;
  return { traceId, spanId, flags, ...(known && { state }) };
}

/** The flags that are defined: sampled and random. W3C wants the others of the caller sent on as zero. */
const KNOWN_FLAGS = 0b11;

/** The same trace with a span id of our own. */
export function childSpan({ flags, ...trace }: TraceContext): TraceContext {
  const known = Number.parseInt(flags, 16) & KNOWN_FLAGS;
  return { ...trace, spanId: randomBytes(8).toString('hex'), flags: known.toString(16).padStart(2, '0') };
}

export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
