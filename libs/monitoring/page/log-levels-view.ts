import type { ContextLease, LevelsReport } from './admin-reports.js';
import { byId, el, setAttribute, setText, show } from './element.js';
import { age, clock } from './format.js';
import { KeyedList, type View } from './keyed-list.js';
import type { Answer, Session } from './session.js';

/** A context, or undefined for every logger. */
interface Lease extends Omit<ContextLease, 'context'> {
  context: string | undefined;
}

interface Row {
  lease: Lease;
  now: number;
}

const FIELDS = ['level-level', 'level-logger', 'level-ttl'];

/** The log level that is in force, and the form that changes it for a time. */
export class LogLevelsView {
  readonly #leases = new KeyedList<Row>(
    byId('lease-rows'),
    ({ lease }) => lease.context ?? '',
    ({ lease }) => this.#makeRow(lease),
  );
  readonly #known = new KeyedList<string>(
    byId('known-loggers'),
    (name) => name,
    (name) => ({ node: el('option', { value: name }), update: () => undefined }),
  );
  #report: LevelsReport | undefined;

  constructor(
    private readonly session: Session,
    private readonly now: () => number,
  ) {
    byId<HTMLFormElement>('level-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#begin();
    });
  }

  show(report: LevelsReport): void {
    this.#report = report;
    this.#known.show(report.known);
    this.tick();
  }

  /** What is left of each lease. */
  tick(): void {
    const report = this.#report;
    if (!report) return;
    const now = this.now();
    const { level, until, configured, contexts } = report;
    setText(byId('level-now'), level);
    setText(
      byId('level-why'),
      until === null ? 'as configured' : `until ${clock(Date.parse(until), now)}, then ${configured} again`,
    );
    const ofAll: Lease[] = until === null ? [] : [{ context: undefined, level, until, known: true }];
    const leases = [...ofAll, ...contexts];
    show(byId('leases-region'), leases.length > 0);
    show(byId('no-leases'), leases.length === 0);
    this.#leases.show(leases.map((lease) => ({ lease, now })));
  }

  async #begin(): Promise<void> {
    const [level, context, ttl] = FIELDS.map((id) => byId<HTMLInputElement | HTMLSelectElement>(id).value.trim());
    const body = { level, ...(context && { context }), ...(ttl && { ttl }) };
    await this.#send(body, `${context ? `${context} writes` : 'All loggers write'} at ${level} from now on.`);
  }

  async #end(context: string | undefined): Promise<void> {
    const body = { level: null, ...(context !== undefined && { context }) };
    const isSent = await this.#send(body, `The lease of ${context ?? 'all loggers'} has ended.`);
    // Its button is gone together with the lease.
    if (isSent) byId('level-level').focus();
  }

  /** Tells what became of it beside the form, which a screen reader reads out. */
  async #send(body: object, done: string): Promise<boolean> {
    const result = byId('level-result');
    setText(result, '');
    const answer = await this.session.post('/loggers', body).catch(() => undefined);
    const isTaken = answer?.status === 200;
    if (isTaken) this.show(answer.body as LevelsReport);
    setText(result, isTaken ? done : failureOf(answer));
    result.classList.toggle('bad', !isTaken);
    return isTaken;
  }

  #makeRow({ context }: Lease): View<Row> {
    const name = context ?? 'all loggers';
    const level = el('td');
    const left = el('td', { class: 'number' });
    const note = el('span', { class: 'tag' });
    const button = el('button', { type: 'button', 'aria-label': `End now: ${name}` }, 'End now');
    button.addEventListener('click', () => void this.#end(context));
    const node = el('tr', {}, el('th', { scope: 'row' }, name, ' ', note), level, left, el('td', {}, button));
    return {
      node,
      update({ lease, now }) {
        const end = Date.parse(lease.until);
        setText(level, lease.level);
        setText(left, age(end - now));
        setAttribute(left, 'title', lease.until);
        setText(note, lease.known ? '' : 'has logged nothing yet');
        show(note, !lease.known);
      },
    };
  }
}

function failureOf(answer: Answer | undefined): string {
  if (!answer) return 'The service has not answered; whether it has taken the level is not known.';
  const { error } = (answer.body ?? {}) as { error?: unknown };
  return typeof error === 'string' ? error : `The service refuses it with ${answer.status}.`;
}
