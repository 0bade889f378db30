import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import type { AdminEndpoint } from '@eggybyte/observability';
import { EventStreams } from '../overview/event-streams.js';
import type { Overview } from '../overview/overview.js';
import { type Answer, methodRefused, type Target } from '../server/answer.js';
import { AdminAccess, type AdminAccessOptions } from './admin-access.js';
import { AdminEndpoints } from './admin-endpoints.js';
import { readJson } from './json-body.js';
import { sessionAnswer } from './session-request.js';

const SESSION = '/session';

/** What is for operators alone: the page, what it is made of, and the admin endpoints. For all others there is nothing. */
export class AdminArea {
  readonly #logger = new Logger(AdminArea.name);
  readonly #access: AdminAccess;
  readonly #endpoints = new AdminEndpoints();
  readonly #streams: EventStreams;

  constructor(access: AdminAccessOptions, overview: Overview) {
    this.#access = new AdminAccess(access);
    this.#streams = new EventStreams(overview);
    this.add('/overview', { handle: () => ({ body: overview.report() }) });
  }

  /** @throws EndpointPathError, EndpointTwiceError */
  add(path: string, endpoint: AdminEndpoint): void {
    this.#endpoints.add(path, endpoint);
  }

  /**
   * The answer to a GET or HEAD; `undefined` for those who may not and for a path that is nothing here, which takes the
   * same time, and `'streams'` where `response` is written to for as long as somebody reads it.
   */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    { path, query }: Target,
  ): Promise<Answer | 'streams' | undefined> {
    const session = path === '/' ? query.get('session') : undefined;
    if (!this.#access.rightOf(request, session)) return undefined;
    // Loaded for the first who looks at it: most services run without anybody.
    if (path === '/') return (await import('../page/page-answer.js')).PAGE_ANSWER;
    if (path === '/events' && request.method === 'GET') {
      // A session ends, and a token is renewed, while somebody reads.
      return this.#streams.open(response, () => this.#access.rightOf(request) !== undefined) ?? 'streams';
    }
    return this.#endpoints.answer(path, query);
  }

  /** For those who may not, and where nothing can be changed, a POST is what it is everywhere: not allowed. */
  async change(request: IncomingMessage, response: ServerResponse, { path, query }: Target): Promise<Answer> {
    const right = this.#access.rightOf(request);
    const isPossible = path === SESSION ? right === 'token' : this.#endpoints.canChange(path);
    if (!right || !isPossible) return methodRefused();
    if (/^100-continue$/i.test(request.headers.expect ?? '')) response.writeContinue();
    const read = await readJson(request);
    const answer = 'refused' in read ? read.refused : await this.#changed(request, { path, query }, read.body);
    const { status } = answer;
    this.#logger.warn({ msg: `POST ${path}`, path, status, by: right, peer: request.socket.remoteAddress });
    return answer;
  }

  /** Ends what is still written. */
  close(): void {
    this.#streams.close();
  }

  async #changed(request: IncomingMessage, { path, query }: Target, body: unknown): Promise<Answer> {
    if (path !== SESSION) return (await this.#endpoints.change(path, query, body)) ?? methodRefused();
    const token = this.#access.token();
    // It may have been taken away in between.
    return token === undefined ? methodRefused() : sessionAnswer(request, body, token);
  }
}
