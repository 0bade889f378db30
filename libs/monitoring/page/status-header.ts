import type { OverviewReport } from '../src/overview/overview-report.js';
import { byId, setAttribute, setText, show } from './element.js';
import { age, clock, NOTHING } from './format.js';
import type { ConnectionState } from './live-connection.js';
import { Mark, Moment } from './mark.js';
import { type Tone, type Verdict, verdictOn } from './verdict.js';

const TAB_COLOURS: Record<Tone, string> = { ok: '%2315803d', warn: '%23b45309', bad: '%23c62828', off: '%23667085' };
const LINKS: Record<ConnectionState['kind'], { tone: Tone; word: string }> = {
  connecting: { tone: 'off', word: 'Connecting' },
  live: { tone: 'ok', word: 'Live' },
  lost: { tone: 'bad', word: 'No answer' },
  closed: { tone: 'bad', word: 'No access' },
};

/** What stands at the top: which service this is, how it is and for how long, and whether the page still hears of it. */
export class StatusHeader {
  readonly #state = new Mark();
  readonly #link = new Mark();
  readonly #since = new Moment();
  #verdict: Verdict | undefined;
  #connection: ConnectionState = { kind: 'connecting' };

  constructor(private readonly hasSession: boolean) {
    byId('state').append(this.#state.node);
    byId('link').append(this.#link.node);
    byId('since').append('for ', this.#since.node);
    show(byId('since'), false);
  }

  /** @param waitingOn what a start or a stop waits on at this moment */
  show(report: OverviewReport, waitingOn: readonly string[], now: number): void {
    const { service, version, environment, uptime_s: uptime } = report.application;
    setText(byId('service'), service);
    setText(byId('version'), version);
    setText(byId('environment'), environment);
    setText(byId('uptime'), `up ${age(uptime * 1000)}`);
    this.#verdict = verdictOn(report);
    this.#state.update(this.#verdict.tone, this.#verdict.word);
    const waits = waitingOn.length > 0 ? `; waiting on ${waitingOn.join(', ')}` : '';
    setText(byId('detail'), `· ${this.#verdict.detail}${waits}`);
    this.tick(now);
    this.#title();
  }

  showConnection(connection: ConnectionState): void {
    this.#connection = connection;
    const { tone, word } = LINKS[connection.kind];
    this.#link.update(tone, word);
    if (!this.#verdict) this.#state.update('off', connection.kind === 'connecting' ? 'Connecting' : 'Unknown');
    const trouble = troubleOf(connection, this.hasSession);
    setText(byId('trouble'), trouble);
    show(byId('trouble'), trouble !== '');
    const isStale = connection.kind === 'lost' || connection.kind === 'closed';
    document.documentElement.classList.toggle('stale', isStale);
    this.#title();
  }

  tick(now: number): void {
    if (this.#connection.kind === 'live' || this.#connection.kind === 'connecting') {
      this.#since.update(this.#verdict?.since, now, 'age');
      show(byId('since'), this.#verdict?.since !== undefined);
    }
  }

  /** The tab tells it too, for those who keep it open beside others. */
  #title(): void {
    const { kind } = this.#connection;
    const isHeard = kind === 'live' && this.#verdict;
    const word = isHeard ? isHeard.word : LINKS[kind].word;
    const title = `${word} · ${byId('service').textContent || NOTHING}`;
    if (document.title !== title) document.title = title;
    const fill = TAB_COLOURS[isHeard ? isHeard.tone : LINKS[kind].tone];
    const icon = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='7' fill='${fill}'/></svg>`;
    setAttribute(byId('icon'), 'href', `data:image/svg+xml,${icon}`);
  }
}

function troubleOf(connection: ConnectionState, hasSession: boolean): string {
  if (connection.kind === 'lost') {
    const { since, status } = connection;
    const what = status === undefined ? 'No answer' : `Nothing new (the service answers ${status})`;
    return `${what} since ${clock(since, Date.now())}, trying again. What is shown is what was known then.`;
  }
  if (connection.kind !== 'closed') return '';
  const why = hasSession ? 'This session has ended' : 'This page needs a session';
  return `${why}: ask for one by POST /session with ADMIN_TOKEN, and open the address that it answers.`;
}
