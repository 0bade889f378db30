import type { RequestContext } from './request-context.js';

/** One answered (or aborted) HTTP request, as it is logged. */
export interface AccessRecord {
  method: string;
  /** Route template such as `/users/:id`; `unmatched` when no route took the request. */
  route: string;
  /** Path without the query string, which may hold secrets. */
  path: string;
  status: number;
  durationMs: number;
  /** Bytes of the answer's body; absent when unknown, as of one that was aborted. */
  bytes?: number | undefined;
  /** The client went away before the answer was complete. */
  aborted?: boolean;
}

/** Writes access records, each with the ids and fields of the request it is of. A class token: injected optionally, implemented and exported by the logging lib. */
export abstract class AccessLog {
  abstract write(record: AccessRecord, context: RequestContext): void;
}
