/** A stable code: `EGGY_<LIB>_<WHAT>`. Every code stands in this package's README, and a test compares both ways. */
export type EggyErrorCode = `EGGY_${string}`;

/** The three sentences of every error, each without its final full stop. */
export interface EggyErrorDetails {
  /** What went wrong, in the words of the reader: "Cannot reach MySQL at db:3306/shop". Never holds a secret. */
  what: string;
  /** Why, as far as it is known: "connection refused". */
  why?: string | undefined;
  /** What to do about it: "check DATABASE_DSN, or start the server". */
  fix: string;
  /** The error that led here; kept as `Error.cause`. */
  cause?: unknown;
  /** HTTP status that a request failing with this error is answered with. @default 500 */
  status?: number | undefined;
}

/**
 * The base of every error of the suite. Its message reads "what: why. Fix: what to do." and its `code` is part of
 * the public contract: match on `code`, never on the message.
 */
export abstract class EggyError extends Error {
  readonly what: string;
  readonly why: string | undefined;
  readonly fix: string;
  readonly status: number;

  protected constructor(
    readonly code: EggyErrorCode,
    details: EggyErrorDetails,
  ) {
    super(
      `${details.what}${details.why ? `: ${details.why}` : ''}. Fix: ${details.fix}.`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = new.target.name;
    this.what = details.what;
    this.why = details.why;
    this.fix = details.fix;
    this.status = details.status ?? 500;
  }
}
