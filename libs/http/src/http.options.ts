import { ArgumentError, type Duration, milliseconds } from '@eggybyte/errors';
import type { ErrorMapper } from './error-answer.js';
import { defaultSecurityHeaders } from './security-headers.js';

export interface HttpOptions {
  /** How long an idle connection is kept. Longer than the balancer's, or it sends into a closing one. @default "72s" */
  keepAliveTimeout?: Duration;
  /** Time to receive the headers of a request; never more than `requestTimeout`. @default "10s" */
  headersTimeout?: Duration;
  /** Time to receive a whole request, body included; 0 for no limit. @default "60s" */
  requestTimeout?: Duration;
  /**
   * Largest body of a request, in bytes; a larger one is answered with 413. A Fastify adapter made with a `bodyLimit`
   * of its own keeps that, and so does a route. @default 1048576
   */
  bodyLimit?: number;
  /**
   * Whose `X-Forwarded-*` headers are believed: `true` for anybody's, or addresses and subnets of the proxies.
   * Fastify only takes it when its adapter is made: there use `createHttpAdapter`. @default false
   */
  trustProxy?: TrustProxy;
  /**
   * Headers of every answer, by name: `false` leaves a default one out, a text replaces it or adds another. `false`
   * for the whole leaves all out, such as for a call of `app.useSecurityHeaders` of your own.
   * @default those of Nest's useSecurityHeaders() without Strict-Transport-Security
   */
  securityHeaders?: false | Readonly<Record<string, string | false>>;
  /** Turns errors of other libraries into answers; the first that knows an error decides. @default [] */
  errorMappers?: readonly ErrorMapper[];
}

/** See {@link HttpOptions.trustProxy}. */
export type TrustProxy = boolean | string | string[];

export interface ResolvedHttpOptions {
  keepAliveTimeoutMs: number;
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  bodyLimit: number;
  trustProxy: TrustProxy;
  securityHeaders: readonly (readonly [name: string, value: string])[];
  errorMappers: readonly ErrorMapper[];
}

const defaults = {
  keepAliveTimeout: '72s',
  headersTimeout: '10s',
  requestTimeout: '60s',
  bodyLimit: 1_048_576,
  trustProxy: false,
  securityHeaders: {},
  errorMappers: [],
} satisfies HttpOptions;

/** @throws ArgumentError for a duration or a size that is none. */
export function resolveHttpOptions(options: HttpOptions): ResolvedHttpOptions {
  const all: Required<HttpOptions> = { ...defaults, ...options };
  if (!Number.isSafeInteger(all.bodyLimit) || all.bodyLimit < 1) {
    throw new ArgumentError('bodyLimit', 'a number of bytes from 1', all.bodyLimit);
  }
  const requestTimeoutMs = milliseconds(all.requestTimeout, 'requestTimeout');
  const headersTimeoutMs = milliseconds(all.headersTimeout, 'headersTimeout');
  return {
    keepAliveTimeoutMs: milliseconds(all.keepAliveTimeout, 'keepAliveTimeout'),
    // Node does not enforce a requestTimeout that is shorter than the headersTimeout.
    headersTimeoutMs: requestTimeoutMs === 0 ? headersTimeoutMs : Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeoutMs,
    bodyLimit: all.bodyLimit,
    trustProxy: all.trustProxy,
    securityHeaders: headersOf(all.securityHeaders),
    errorMappers: all.errorMappers,
  };
}

function headersOf(own: NonNullable<HttpOptions['securityHeaders']>): ResolvedHttpOptions['securityHeaders'] {
  if (own === false) return [];
  const byName = new Map(Object.entries(defaultSecurityHeaders).map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, value] of Object.entries(own)) {
    if (value === false) byName.delete(name.toLowerCase());
    else byName.set(name.toLowerCase(), value);
  }
  return [...byName];
}
