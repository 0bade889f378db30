import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { EggyError } from '@eggybyte/errors';

/** What an error is answered with. */
export interface ErrorAnswer {
  /** HTTP status, 400 to 599. */
  status: number;
  /** Stable and machine-readable, such as `EGGY_DATABASE_DUPLICATE`. */
  code: string;
  /** What the client may know; not sent with a status from 500. */
  message: string | string[];
  /** Seconds after which the request may be tried again, sent as `Retry-After`. */
  retryAfterSeconds?: number | undefined;
}

/** Knows errors of some library: returns their answer, or `undefined` for any other error. */
export type ErrorMapper = (error: unknown) => ErrorAnswer | undefined;

/** The answer and what a caller's own exception body adds to it. */
export interface DescribedError extends ErrorAnswer {
  more?: Readonly<Record<string, unknown>>;
}

const INTERNAL = 500;
const UNAVAILABLE = 503;
/** Frameworks word these differently, and repeat parts of the body. */
const TOO_LARGE = { status: 413, message: 'Request body is too large' };
const NOT_JSON = 'Request body is not valid JSON';

/**
 * What the client is told of an error. From status 500 on that is nothing but the status, its code and when to try
 * again: the message of such an error is for the log.
 */
export function describeError(error: unknown, mappers: readonly ErrorMapper[] = []): DescribedError {
  const described = mapped(error, mappers) ?? ofEggyError(error) ?? ofHttpException(error) ?? ofStatus(error);
  const { status, retryAfterSeconds = status === UNAVAILABLE ? 1 : undefined } = described;
  if (status < INTERNAL) return { ...described, retryAfterSeconds };
  return { status, code: described.code, message: reason(status), retryAfterSeconds };
}

function mapped(error: unknown, mappers: readonly ErrorMapper[]): DescribedError | undefined {
  for (const map of mappers) {
    const answer = map(error);
    if (answer) return answer;
  }
  return undefined;
}

function ofEggyError(error: unknown): DescribedError | undefined {
  if (!(error instanceof EggyError)) return undefined;
  const { status, code, what, why } = error;
  // An error that nobody gave a status tells by its code what is wrong inside.
  if (status === INTERNAL) return { status, code: codeOf(status), message: '' };
  return { status, code, message: why ? `${what}: ${why}` : what };
}

function ofHttpException(error: unknown): DescribedError | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const status = error.getStatus();
  const code = error.errorCode ?? codeOf(status);
  const response: unknown = error.getResponse();
  if (status === TOO_LARGE.status && error.cause) return { status, code, message: TOO_LARGE.message };
  if (status === 400 && isBrokenJson(error.cause)) return { status, code, message: NOT_JSON };
  if (typeof response !== 'object' || response === null || response instanceof Error) {
    return { status, code, message: typeof response === 'string' ? response : reason(status) };
  }
  const { message, ...more } = response as { message?: unknown; code?: unknown };
  const own = typeof more.code === 'string' ? more.code : code;
  return { status, code: own, message: isMessage(message) ? message : error.message, more };
}

/** Errors of frameworks and middleware carry a status; what is not an `Error` may too. */
function ofStatus(error: unknown): DescribedError {
  const { statusCode, message, expose } = (error ?? {}) as {
    statusCode?: unknown;
    message?: unknown;
    expose?: unknown;
  };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < INTERNAL) {
    const told = expose !== false && isMessage(message) ? message : reason(statusCode);
    return { status: statusCode, code: codeOf(statusCode), message: told };
  }
  return { status: INTERNAL, code: codeOf(INTERNAL), message: '' };
}

/** The body of an error's answer: Nest's `{ statusCode, message, error }`, what the caller added, `code`, `request_id`. */
export function errorBody({ status, code, message, more }: DescribedError, requestId: unknown): object {
  return { statusCode: status, message, error: reason(status), ...more, code, request_id: requestId };
}

/** The standard words for a status. */
export function reason(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

/** `Not Found` as `NOT_FOUND`. */
function codeOf(status: number): string {
  return reason(status)
    .toUpperCase()
    .replaceAll(/[^A-Z]+/g, '_');
}

function isMessage(value: unknown): value is string | string[] {
  return typeof value === 'string' || Array.isArray(value);
}

function isBrokenJson(cause: unknown): boolean {
  const { type, code } = (cause ?? {}) as { type?: unknown; code?: unknown };
  return cause instanceof SyntaxError || type === 'entity.parse.failed' || code === 'FST_ERR_CTP_INVALID_JSON_BODY';
}
