import type { OverviewEvent } from '../src/overview/overview-report.js';
import { EventStreamParser } from './event-stream-parser.js';
import type { Session } from './session.js';

/**
 * `lost`: nobody has answered since then, or somebody did who has no stream for this page, with a status. `closed`: the
 * service answers, but not to this page any more.
 */
export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'lost'; since: number; status?: number | undefined }
  | { kind: 'closed' };

export interface ConnectionListener {
  onEvent(event: OverviewEvent): void;
  onState(state: ConnectionState): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;
const CLOSED_PAUSE_MS = 15_000;
/** Something comes every 2 s: a service that is silent for longer than this hangs, although its socket is open. */
const SILENCE_LIMIT_MS = 6500;

/** Follows `/events` for as long as the page is open, whatever becomes of the service. */
export class LiveConnection {
  #pause = FIRST_PAUSE_MS;
  #heardAt = Date.now();
  #status: number | undefined;

  constructor(
    private readonly session: Session,
    private readonly listener: ConnectionListener,
  ) {}

  async follow(): Promise<never> {
    this.listener.onState({ kind: 'connecting' });
    for (;;) {
      this.#status = undefined;
      await this.#listen().catch(() => undefined);
      const isClosed = this.#status === 404;
      this.listener.onState(
        isClosed ? { kind: 'closed' } : { kind: 'lost', since: this.#heardAt, status: this.#status },
      );
      await untilNextTry(isClosed ? CLOSED_PAUSE_MS : this.#pause);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    }
  }

  /** Until the stream ends, breaks off or is refused. */
  async #listen(): Promise<void> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS);
    try {
      const response = await this.session.request('/events', { signal: silence.signal });
      if (!response.ok) this.#status = response.status;
      if (!response.ok || !response.body) return;
      const parser = new EventStreamParser();
      const pieces = response.body.pipeThrough(new TextDecoderStream());
      const reader = pieces.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS);
        this.#heardAt = Date.now();
        for (const message of parser.feed(value)) this.#take(JSON.parse(message) as OverviewEvent);
      }
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  #take(event: OverviewEvent): void {
    this.#pause = FIRST_PAUSE_MS;
    this.listener.onEvent(event);
  }
}

/** Somebody who comes back to the page does not want to wait. */
function untilNextTry(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      removeEventListener('online', go);
      document.removeEventListener('visibilitychange', go);
      resolve();
    };
    const timer = setTimeout(go, milliseconds);
    addEventListener('online', go);
    document.addEventListener('visibilitychange', go);
  });
}
