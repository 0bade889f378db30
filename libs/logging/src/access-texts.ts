import type { AccessRecord } from '@eggybyte/observability';

/** Routes are few; should somebody make them up at run time, only so many are kept. */
const MOST_ROUTES = 1000;

/** Microseconds from which on a duration is written as any other number. */
const LONGEST = 1_000_000_000;

/** Thousandths as they stand behind an integer. */
const THOUSANDTHS = Array.from({ length: 1000 }, (_, n) => (n === 0 ? '' : String(n / 1000).slice(1)));

/**
 * The parts of an access record's line that come again and again, each in one piece: what a line is put together of
 * has to be collected when it is written, piece by piece.
 */
export class AccessTexts {
  /** By route and method. */
  readonly #targets = new Map<string, Map<string, string>>();
  readonly #statuses: string[] = [];
  #time = '';
  #bindings = '';
  readonly #begins = { info: '', error: '' };

  /** Up to the request's id. */
  begin(level: 'info' | 'error', time: string, bindings: string): string {
    if (time !== this.#time || bindings !== this.#bindings) {
      this.#time = time;
      this.#bindings = bindings;
      this.#begins.info = this.#begins.error = '';
    }
    return (this.#begins[level] ||= flat(`{"level":"${level}"${time}${bindings},"request_id":"`));
  }

  /** From behind the ids to the path. */
  target({ method, route }: AccessRecord): string {
    let ofRoute = this.#targets.get(route);
    if (!ofRoute) {
      ofRoute = new Map();
      if (this.#targets.size < MOST_ROUTES) this.#targets.set(route, ofRoute);
    }
    let text = ofRoute.get(method);
    if (text === undefined) {
      text = flat(`","method":${JSON.stringify(method)},"route":${JSON.stringify(route)},"path":"`);
      ofRoute.set(method, text);
    }
    return text;
  }

  /** From behind the path to the duration. */
  status(status: number): string {
    return (this.#statuses[status] ??= flat(`","status":${status},"duration_ms":`));
  }

  duration(milliseconds: number): string {
    const micros = Math.round(milliseconds * 1000);
    if (!(micros >= 0 && micros < LONGEST)) return String(rounded(milliseconds));
    const whole = Math.trunc(micros / 1000);
    return `${whole}${THOUSANDTHS[micros - whole * 1000]}`;
  }

  end({ bytes, aborted }: AccessRecord): string {
    const size = bytes === undefined ? '' : `,"bytes":${bytes}`;
    return aborted ? `${size},"aborted":true,"msg":"request"}\n` : `${size},"msg":"request"}\n`;
  }
}

/** Microseconds are enough. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/** The same text in one piece. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
