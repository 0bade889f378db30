import type { ServerResponse } from 'node:http';
import { type Answer, COMMON_HEADERS, plain } from '../server/answer.js';
import type { OverviewEvent } from './overview-report.js';
import type { Overview } from './overview.js';

const EVERY_MS = 2000;
/** People who look at one service at one time. */
const MOST_STREAMS = 16;
/** What may wait for a reader that does not read; then its stream ends. */
const MOST_WAITING_BYTES = 1024 * 1024;

const HEADERS = { 'Content-Type': 'text/event-stream; charset=utf-8', ...COMMON_HEADERS };

interface Reader {
  /** Whether it may still know. */
  mayRead: () => boolean;
  /** The time of the last sample that it was told. */
  told: number;
}

/** Tells those who keep the page open what is new. Nothing runs while nobody does. */
export class EventStreams {
  readonly #streams = new Map<ServerResponse, Reader>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly overview: Pick<Overview, 'report' | 'now' | 'samplesAfter'>,
    private readonly everyMs = EVERY_MS,
  ) {}

  /**
   * The answer to one that has no place; `undefined` for one whose stream has begun. It ends when `mayRead` says no.
   */
  open(response: ServerResponse, mayRead: () => boolean): Answer | undefined {
    if (this.#closed || this.#streams.size >= MOST_STREAMS) {
      return plain(503, 'too many pages are open', { 'Retry-After': '5' });
    }
    response.writeHead(200, HEADERS);
    const overview = this.overview.report();
    response.write(textOf({ kind: 'overview', overview }));
    this.#streams.set(response, { mayRead, told: overview.samples.at(-1)?.at_ms ?? 0 });
    response.once('close', () => this.#end(response));
    this.#timer ??= setInterval(() => this.#tell(), this.everyMs).unref();
    return undefined;
  }

  /** Ends them all, also those that come now. */
  close(): void {
    this.#closed = true;
    for (const response of this.#streams.keys()) response.end();
  }

  #tell(): void {
    const overview = this.overview.now();
    const texts = new Map<number, string>();
    for (const [response, reader] of this.#streams) {
      if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
      else if (!reader.mayRead()) response.end();
      else {
        const { told } = reader;
        const samples = this.overview.samplesAfter(told);
        const text = texts.get(told) ?? textOf({ kind: 'update', overview, samples });
        texts.set(told, text);
        response.write(text);
        reader.told = samples.at(-1)?.at_ms ?? told;
      }
    }
  }

  #end(response: ServerResponse): void {
    this.#streams.delete(response);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function textOf(event: OverviewEvent): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
