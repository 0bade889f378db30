import type { Span } from '@eggybyte/observability';

/** An HTTP request that this process sends, whatever sends it. */
export interface OutgoingRequest {
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly path: string;
  has(header: string): boolean;
  set(header: string, value: string): void;
}

/** How a call ended. */
export interface OutgoingEnd {
  status: number | undefined;
  /** A code or the name of a class; `undefined` when it worked. */
  error: string | undefined;
  durationMs: number;
}

const CLIENT_ERROR = 400;

/** One such request on its way; only its first end counts. */
export class OutgoingCall {
  readonly #began = performance.now();
  #status: number | undefined;
  #isEnded = false;

  constructor(
    readonly request: OutgoingRequest,
    private readonly span: Span | undefined,
    private readonly ended: (call: OutgoingCall, end: OutgoingEnd) => void,
  ) {}

  answered(status: number): void {
    this.#status = status;
  }

  end(failure?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const status = this.#status;
    const durationMs = performance.now() - this.#began;
    const error = this.#error(failure);
    this.span?.end({ attributes: { 'http.response.status_code': status }, error });
    this.ended(this, { status, error, durationMs });
  }

  #error(failure: unknown): string | undefined {
    const status = this.#status;
    // Who has its answer may leave the rest of it.
    if (failure !== undefined && (status === undefined || !isAbort(failure))) return kindOf(failure);
    return status !== undefined && status >= CLIENT_ERROR ? String(status) : undefined;
  }
}

function isAbort(failure: unknown): boolean {
  return (failure as Error | null)?.name === 'AbortError';
}

function kindOf(failure: unknown): string {
  const { code, name } = (failure ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code)) return code;
  return typeof name === 'string' ? name : '_OTHER';
}
