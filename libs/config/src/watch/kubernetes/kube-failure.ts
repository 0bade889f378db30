import { STATUS_CODES } from 'node:http';
import type { SourceTrouble } from '../watched-source.js';

/** Why reading or watching ended. Its message is made of what is known here, never of what the server sent. */
export class KubeFailure extends Error {
  /** HTTP status of an answer, or code of an ERROR event. */
  readonly status: number | undefined;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(
    readonly kind: SourceTrouble['kind'],
    message: string,
    { status, retryAfterMs = 0, cause }: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'KubeFailure';
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What is asked for is older than what the server remembers: the object has to be read anew. */
export const GONE = 410;

/** An answer that is not 200, or an ERROR event inside of one. */
export function failureOfStatus(status: number, retryAfterMs?: number): KubeFailure {
  const said = `the server answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const [kind, advice] = meaningOf(status);
  return new KubeFailure(kind, said + advice, { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function meaningOf(status: number): [SourceTrouble['kind'], string] {
  if (status === 401) return ['unauthorized', ': it does not take the token'];
  if (status === 403) return ['forbidden', ': a Role must allow get, list and watch of this ConfigMap'];
  if (status === 404) return ['missing', ''];
  if (status === 429 || status >= 500) return ['unreachable', ''];
  return ['invalid', ''];
}

/** The failure behind anything that a connection ended with. */
export function asKubeFailure(error: unknown): KubeFailure {
  if (error instanceof KubeFailure) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  // Only errors of the system, TLS and the HTTP parser have a code; the message of another one may quote a value.
  if (typeof code !== 'string') return new KubeFailure('unreachable', 'an unexpected error', { cause: error });
  // Node's word for an answer that broke off.
  if (message === 'aborted') return new KubeFailure('unreachable', 'the connection was lost', { cause: error });
  const ofTls = /SSL routines:[^:]*:([^:]+):/.exec(message)?.[1];
  const told = ofTls === undefined ? firstLine(message) || code : `${code}, ${ofTls}`;
  return new KubeFailure(code.startsWith('HPE_') ? 'invalid' : 'unreachable', told, { cause: error });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? '';
}
