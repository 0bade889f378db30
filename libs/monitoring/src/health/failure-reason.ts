import { causeChain, messageOf } from '@eggybyte/errors';
import { scrubText } from '@eggybyte/observability';

/** What a probe tells about a failure. Its text goes to the log only, as it may name hosts, users and queries. */
export type FailureReason = 'timeout' | 'refused' | 'auth' | 'saturated' | 'failed';

/** A failed run of a check: its class for everybody, its text for the log. */
export interface Failure {
  reason: FailureReason;
  /** Every message of the cause chain, free of secrets. */
  detail: string;
}

const BY_CODE: readonly [FailureReason, RegExp][] = [
  ['timeout', /TIMEDOUT|TIMEOUT/],
  [
    'refused',
    /^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN)|EPIPE|PROTOCOL_CONNECTION_LOST|UND_ERR_SOCKET)$/,
  ],
  ['auth', /^(EAUTH|ER_(DB)?ACCESS_DENIED\w*|ER_NOT_SUPPORTED_AUTH_MODE|NOAUTH|WRONGPASS|28000|28P01)$|_AUTH$/],
  [
    'saturated',
    /^(ER_CON_COUNT_ERROR|ER_TOO_MANY_USER_CONNECTIONS|ER_USER_LIMIT_REACHED|EMFILE|ENFILE|53300)$|_SATURATED$/,
  ],
];
const BY_STATUS = new Map<unknown, FailureReason>([
  [401, 'auth'],
  [403, 'auth'],
  [429, 'saturated'],
  [408, 'timeout'],
  [504, 'timeout'],
]);

/** Of an error that stands for several, such as Node's for a host with many addresses, these many are looked at. */
const MOST_ERRORS = 4;

const LONGEST_DETAIL = 500;

/** Classifies whatever a check threw. Never throws itself. */
export function failureOf(error: unknown): Failure {
  try {
    const links = causeChain(error).flatMap((link) =>
      link instanceof AggregateError ? [link, ...link.errors.slice(0, MOST_ERRORS)] : [link],
    );
    const told = links.filter((link) => !(link instanceof AggregateError && link.message === ''));
    return {
      reason: reasonOf(links),
      detail: oneLine(scrubText([...new Set(told.map(messageOf))].join(': '), LONGEST_DETAIL)),
    };
  } catch {
    return { reason: 'failed', detail: 'the check threw something that has no text' };
  }
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

function reasonOf(links: readonly unknown[]): FailureReason {
  for (const link of links) {
    if (typeof link !== 'object' || link === null) continue;
    const { name, code, status, statusCode } = link as Record<string, unknown>;
    if (name === 'TimeoutError') return 'timeout';
    const known =
      BY_CODE.find(([, pattern]) => typeof code === 'string' && pattern.test(code))?.[0] ??
      BY_STATUS.get(status) ??
      BY_STATUS.get(statusCode);
    if (known) return known;
  }
  return 'failed';
}
