import { Logger } from '@nestjs/common';
import type { AdminAnswer, AdminEndpoint } from '@eggybyte/observability';
import { failureOf } from '../health/failure-reason.js';
import { EndpointPathError, EndpointTwiceError } from '../monitoring.errors.js';
import { type Answer, json, plain } from '../server/answer.js';

/** How long an endpoint may take for its answer. */
const ANSWER_MS = 5000;

const PATH = /^\/[a-z][a-z0-9-]{0,62}$/;
const SERVED_BY_ITSELF = new Set(['/livez', '/startupz', '/readyz', '/healthz', '/metrics', '/events', '/session']);

type Call = (signal: AbortSignal) => Promise<AdminAnswer> | AdminAnswer;

/** The admin endpoints of one application. One that throws or hangs costs itself only. */
export class AdminEndpoints {
  readonly #logger = new Logger(AdminEndpoints.name);
  readonly #endpoints = new Map<string, AdminEndpoint>();
  /** Paths with a call that went on beyond its deadline; until it ends no other is made. */
  readonly #hanging = new Set<string>();

  constructor(private readonly answerMs = ANSWER_MS) {}

  /** @throws EndpointPathError, EndpointTwiceError */
  add(path: string, endpoint: AdminEndpoint): void {
    if (typeof path !== 'string' || !PATH.test(path) || SERVED_BY_ITSELF.has(path)) throw new EndpointPathError(path);
    if (this.#endpoints.has(path)) throw new EndpointTwiceError(path);
    this.#endpoints.set(path, endpoint);
  }

  /** The answer; undefined for a path that is no endpoint's. Never rejects. */
  async answer(path: string, query: URLSearchParams): Promise<Answer | undefined> {
    const endpoint = this.#endpoints.get(path);
    return endpoint && this.#call(path, (signal) => endpoint.handle({ method: 'GET', query, signal }));
  }

  /** Whether there is something to change by POST. */
  canChange(path: string): boolean {
    return typeof this.#endpoints.get(path)?.change === 'function';
  }

  /** The answer to a POST; undefined for a path where nothing can be changed. Never rejects. */
  async change(path: string, query: URLSearchParams, body: unknown): Promise<Answer | undefined> {
    const endpoint = this.#endpoints.get(path);
    const change = endpoint?.change?.bind(endpoint);
    return change && this.#call(path, (signal) => change({ method: 'POST', query, body, signal }));
  }

  async #call(path: string, call: Call): Promise<Answer> {
    if (this.#hanging.has(path)) return LATE;
    try {
      return await this.#ask(path, call);
    } catch (error) {
      this.#logger.error({ msg: `the admin endpoint ${path} failed: ${failureOf(error).detail}`, path });
      return plain(500, 'internal error');
    }
  }

  async #ask(path: string, call: Call): Promise<Answer> {
    const abort = new AbortController();
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      abort.abort(new DOMException(`${path} took over ${this.answerMs} ms`, 'TimeoutError'));
      resolve(undefined);
    }, this.answerMs).unref();
    // The async wrapper turns a synchronous throw into a rejection.
    const answering = (async () => jsonAnswer(await call(abort.signal)))();
    try {
      return (await Promise.race([answering, late])) ?? this.#giveUp(path, answering);
    } finally {
      clearTimeout(timer);
    }
  }

  #giveUp(path: string, answering: Promise<unknown>): Answer {
    if (!this.#hanging.has(path)) {
      this.#hanging.add(path);
      this.#logger.error({ msg: `the admin endpoint ${path} gave no answer within ${this.answerMs} ms`, path });
    }
    const ended = (): void => void this.#hanging.delete(path);
    answering.then(ended, ended);
    return LATE;
  }
}

const LATE = plain(503, 'no answer in time');

/** @throws TypeError for what is no answer or cannot be told as JSON. */
function jsonAnswer({ status = 200, body }: { status?: number; body: unknown }): Answer {
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new TypeError(`${status} is no status`);
  return json(status, body);
}
