import type { LogRecord } from './admin-reports.js';
import { el } from './element.js';

/** Told in the line above them already. */
const TOLD = new Set(['level', 'msg', 'context', 'err']);

/** Every field of a record, as texts. */
export function recordDetails(record: LogRecord): HTMLElement {
  const fields = Object.entries(record).filter(([name]) => !TOLD.has(name));
  const err = Object.entries(Object(record.err)).map(([name, value]): [string, unknown] => [`err.${name}`, value]);
  const rows = [...err, ...fields].map(([name, value]) =>
    el('div', {}, el('dt', {}, name), el('dd', {}, el('pre', {}, textOf(value)))),
  );
  return el('dl', { class: 'fields' }, ...rows);
}

/** A value for a reader: texts as they are, everything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, undefined, 1) ?? '');
}
