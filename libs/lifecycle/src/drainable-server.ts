/** A server that the launcher drains: implemented by the lib that owns the server. */
export interface DrainableServer {
  /** Requests that are being answered now. */
  readonly inflight: number;
  /** From now on every answer tells its client to use another connection; new requests are still served. */
  beginDrain(): void;
  /**
   * Stops accepting and waits for what is in flight, at most `timeoutMs`. Resolves to the requests that were cut, each
   * as a person would name it: `GET /users/:id (15000 ms, request_id 7f3a)`.
   */
  finish(timeoutMs: number): Promise<readonly string[]>;
}
