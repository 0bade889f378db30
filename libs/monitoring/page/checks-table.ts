import type { CheckReport } from '../src/overview/overview-report.js';
import { byId, el, setText, show } from './element.js';
import { NOTHING, took } from './format.js';
import { KeyedList, type View } from './keyed-list.js';
import { Mark, Moment } from './mark.js';
import { RunStrip } from './run-strip.js';
import { reasonInWords, toneOf } from './verdict.js';

interface Row {
  check: CheckReport;
  now: number;
}

const WORDS = { up: 'Up', down: 'Down', pending: 'Not told yet' };

export class ChecksTable {
  readonly #rows = new KeyedList<Row>(byId('check-rows'), ({ check }) => check.name, makeRow);

  show(checks: readonly CheckReport[], now: number): void {
    setText(byId('no-checks'), 'No checks: the service depends on nothing that it looks after.');
    show(byId('no-checks'), checks.length === 0);
    show(byId('checks-region'), checks.length > 0);
    // What needs eyes stands at the top.
    const sorted = checks.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
    this.#rows.show(sorted.map((check) => ({ check, now })));
  }
}

function rank({ state, critical }: CheckReport): number {
  if (state === 'up') return 2;
  return critical ? 0 : 1;
}

function makeRow({ check }: Row): View<Row> {
  const mark = new Mark();
  const since = new Moment();
  const strip = new RunStrip();
  const reason = el('span', { class: 'reason' });
  const last = el('td', { class: 'number' });
  const kind = el('span', { class: 'tag' });
  const node = el(
    'tr',
    {},
    el('th', { scope: 'row' }, check.name, ' ', kind),
    el('td', {}, mark.node, reason),
    el('td', { class: 'number' }, since.node),
    el('td', {}, strip.node),
    last,
  );
  return {
    node,
    update({ check: { critical, state, reason: why, since: from, runs }, now }) {
      setText(kind, critical ? 'critical' : '');
      mark.update(toneOf(state), WORDS[state]);
      setText(reason, why === undefined ? '' : reasonInWords(why));
      since.update(from === undefined ? undefined : Date.parse(from), now, 'age');
      strip.update(runs, now);
      const latest = runs.at(-1);
      setText(last, latest ? took(latest.took_ms) : NOTHING);
    },
  };
}
