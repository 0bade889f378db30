import type { StartupReport, TimelineStep } from '@eggybyte/lifecycle';
import { byId, el, setText, show } from './element.js';
import { clock, NOTHING, took } from './format.js';
import { KeyedList, type View } from './keyed-list.js';
import { Mark } from './mark.js';
import type { Tone } from './verdict.js';

interface Row {
  key: string;
  step: TimelineStep;
  /** Milliseconds that the axis is long. */
  span: number;
  elapsed: number;
}

interface Provider {
  key: string;
  name: string;
  took_ms: number;
  slowest: number;
}

const TONES: Record<TimelineStep['status'], Tone> = {
  running: 'warn',
  started: 'ok',
  finished: 'ok',
  failed: 'bad',
  stopped: 'off',
};
/** Where the start leads to, which goes on for as long as the service runs. */
const LAST_PHASE = 'running';

/** The start as bars on one axis of time; what belongs to the stop is told by its times only. */
export class StartupTimelineView {
  readonly #groups = ['phases', 'initializers', 'services', 'stop'].map((name) => ({
    body: byId(`startup-${name}`),
    rows: new KeyedList<Row>(byId(`startup-${name}-rows`), ({ key }) => key, makeRow),
  }));
  readonly #providers = new KeyedList<Provider>(byId('providers'), ({ key }) => key, makeProvider);

  show(report: StartupReport, now: number): void {
    const elapsed = now - Date.parse(report.started_at);
    const end = report.ready_after_ms ?? elapsed;
    const isOfStart = ({ name, at_ms }: TimelineStep): boolean => at_ms <= end && name !== LAST_PHASE;
    const phases = report.phases.filter(({ name }) => name !== LAST_PHASE);
    const groups = [
      phases.filter(isOfStart),
      report.initializers,
      report.services,
      phases.filter((step) => !isOfStart(step)),
    ];
    const ends = groups.slice(0, 3).flatMap((steps) => steps.map((step) => step.at_ms + (step.took_ms ?? 0)));
    const span = Math.max(1, report.ready_after_ms ?? Math.max(elapsed, ...ends));
    this.#groups.forEach(({ body, rows }, index) => {
      const steps = groups[index] ?? [];
      show(body, steps.length > 0);
      rows.show(steps.map((step, at) => ({ key: `${step.name} ${at}`, step, span, elapsed })));
    });
    setText(byId('startup-axis-end'), took(span));
    setText(byId('startup-words'), summary(report, now));
    const slowest = Math.max(1, ...report.providers.map(({ took_ms }) => took_ms));
    this.#providers.show(
      report.providers.map((provider, at) => ({ ...provider, key: `${provider.name} ${at}`, slowest })),
    );
    show(byId('no-providers'), report.providers.length === 0);
  }
}

function summary(
  { state, started_at, ready_after_ms: ready, waiting_on: waiting }: StartupReport,
  now: number,
): string {
  const began = `Began at ${clock(Date.parse(started_at), now)}`;
  const waits = waiting.length > 0 ? `; waiting on ${waiting.join(', ')}` : '';
  if (ready !== undefined) return `${began}, ready after ${took(ready)}${waits}.`;
  return `${began}, ${state === 'starting' ? 'not ready yet' : `now ${state}`}${waits}.`;
}

function makeRow({ step: { name } }: Row): View<Row> {
  const mark = new Mark();
  const bar = el('span', { class: 'bar' });
  const at = el('td', { class: 'number' });
  const duration = el('td', { class: 'number' });
  const error = el('span', { class: 'reason' });
  const axis = el('td', { class: 'axis-cell', 'aria-hidden': 'true' }, bar);
  const node = el('tr', {}, el('th', { scope: 'row' }, name), axis, at, duration, el('td', {}, mark.node, error));
  return {
    node,
    update({ step, span, elapsed }) {
      const isRunning = step.status === 'running';
      const length = step.took_ms ?? (isRunning ? elapsed - step.at_ms : 0);
      show(bar, step.at_ms <= span);
      bar.style.left = `${(Math.min(step.at_ms / span, 1) * 100).toFixed(2)}%`;
      bar.style.width = `${((Math.min(length, span - step.at_ms) / span) * 100).toFixed(2)}%`;
      bar.className = `bar ${step.status}`;
      setText(at, took(step.at_ms));
      setText(duration, step.took_ms === undefined && !isRunning ? NOTHING : took(length));
      mark.update(TONES[step.status], step.status);
      setText(error, step.error ?? '');
    },
  };
}

function makeProvider({ name }: Provider): View<Provider> {
  const bar = el('span', { class: 'share', 'aria-hidden': 'true' });
  const duration = el('span', { class: 'number' });
  const text = el('span', { class: 'name' }, /^provider `(.*)`$/.exec(name)?.[1] ?? name);
  return {
    node: el('li', {}, bar, text, duration),
    update({ took_ms, slowest }) {
      bar.style.width = `${(took_ms / slowest) * 100}%`;
      setText(duration, took(took_ms));
    },
  };
}
