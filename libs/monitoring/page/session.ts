const ANSWER_TIMEOUT_MS = 8000;

export interface Answer {
  status: number;
  body: unknown;
}

/**
 * Requests to the service that the page came from. The session stands in the page's own address, so that a reload works,
 * and is kept nowhere else.
 */
export class Session {
  readonly #token = new URLSearchParams(location.search).get('session');

  /** Whether the page was opened with a session; at the machine itself a service in development wants none. */
  get isGiven(): boolean {
    return this.#token !== null;
  }

  request(path: string, options: RequestInit = {}): Promise<Response> {
    const headers = new Headers(options.headers);
    if (this.#token !== null) headers.set('authorization', `Bearer ${this.#token}`);
    return fetch(path, { ...options, headers, cache: 'no-store', credentials: 'omit' });
  }

  /** JSON from a path. Rejects when nobody answers in time. */
  async get(path: string): Promise<Answer> {
    return answerOf(await this.request(path, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }));
  }

  async post(path: string, body: unknown): Promise<Answer> {
    const response = await this.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    return answerOf(response);
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: text };
  }
}
