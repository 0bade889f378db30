import type { ChangeReport } from '../src/overview/overview-report.js';
import type { LogRecord } from './admin-reports.js';
import { byId, el, setText, show } from './element.js';
import { KeyedList, type View } from './keyed-list.js';
import { Mark, Moment } from './mark.js';
import { recordDetails, textOf } from './record-details.js';
import { reasonInWords, type Tone, toneOf } from './verdict.js';

interface Entry {
  key: string;
  at: number;
  now: number;
  change?: ChangeReport;
  record?: LogRecord;
}

const MOST_SHOWN = 100;
const LEVELS: Record<string, Tone> = { warn: 'warn', error: 'bad', fatal: 'bad' };

/** Warnings and changes of state in one list, the latest first. */
export class ActivityList {
  readonly #entries = new KeyedList<Entry>(byId('activity-entries'), ({ key }) => key, makeEntry);
  #changes: readonly ChangeReport[] = [];
  #records: readonly LogRecord[] = [];

  showChanges(changes: readonly ChangeReport[], now: number): void {
    this.#changes = changes;
    this.#show(now);
  }

  showRecords(records: readonly LogRecord[], now: number): void {
    this.#records = records;
    this.#show(now);
  }

  #show(now: number): void {
    const changes = keyed(this.#changes, (change) => `${change.at} ${change.name ?? ''} ${change.to}`);
    const records = keyed(this.#records, (record) => `${record.time} ${textOf(record.msg)}`);
    const entries: Entry[] = [
      ...changes.map(([key, change]) => ({ key: `change ${key}`, at: Date.parse(change.at), now, change })),
      ...records.map(([key, record]) => ({ key: `record ${key}`, at: Date.parse(record.time), now, record })),
    ];
    setText(byId('no-activity'), 'No warning and no change of state since the start.');
    show(byId('no-activity'), entries.length === 0);
    show(byId('activity-region'), entries.length > 0);
    this.#entries.show(entries.toSorted((a, b) => b.at - a.at).slice(0, MOST_SHOWN));
  }
}

/** Keys that stay the same while newer ones come in front: two alike are counted from the oldest. */
function keyed<T>(latestFirst: readonly T[], keyOf: (item: T) => string): [string, T][] {
  const seen = new Map<string, number>();
  const oldestFirst = latestFirst.toReversed().map((item): [string, T] => {
    const key = keyOf(item);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return [`${key} ${times}`, item];
  });
  return oldestFirst.toReversed();
}

function makeEntry({ change, record }: Entry): View<Entry> {
  const moment = new Moment();
  const mark = new Mark();
  const text = el('span', { class: 'what' });
  if (change) {
    mark.update(toneOf(change.to), change.to);
    setText(text, changeInWords(change));
  } else if (record) {
    const level = textOf(record.level);
    mark.update(LEVELS[level] ?? 'off', level);
    if (record.context !== undefined) text.append(el('span', { class: 'tag' }, textOf(record.context)), ' ');
    text.append(textOf(record.msg));
  }
  const line = [moment.node, mark.node, text];
  const node = record
    ? el('li', {}, el('details', {}, el('summary', {}, ...line), recordDetails(record)))
    : el('li', { class: 'change' }, ...line);
  return { node, update: ({ at, now }) => moment.update(at, now, 'clock') };
}

function changeInWords({ of, name, from, to, reason, critical }: ChangeReport): string {
  if (of === 'application') return `The application was ${from} and is now ${to}`;
  const kind = critical === undefined ? 'Check' : critical ? 'Critical check' : 'Check';
  return `${kind} ${name} went from ${from} to ${to}${reason ? `: ${reasonInWords(reason)}` : ''}`;
}
