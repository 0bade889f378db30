import type { ConfigReport, ConfigVariable } from './admin-reports.js';
import { byId, el, setText, show } from './element.js';
import { count } from './format.js';
import { KeyedList, type View } from './keyed-list.js';
import { Mark } from './mark.js';
import { textOf } from './record-details.js';

const SOURCES: Record<string, string> = {
  override: 'override of a test',
  watched: 'watched source',
  directory: 'mounted directory',
  env: 'environment',
  file: 'file',
  dotenv: '.env file',
  code: 'code',
  default: 'default',
  unset: 'not set',
};

/** Every variable with its value and where that comes from; what waits for a restart stands first. */
export class ConfigTable {
  readonly #rows = new KeyedList<ConfigVariable>(byId('config-rows'), ({ name }) => name, makeRow);
  readonly #notes = new KeyedList<string>(
    byId('config-notes'),
    (note) => note,
    (note) => ({ node: el('li', {}, note), update: () => undefined }),
  );
  readonly #filter = byId<HTMLInputElement>('config-filter');
  #report: ConfigReport | undefined;

  constructor() {
    this.#filter.addEventListener('input', () => this.#show());
  }

  show(report: ConfigReport): void {
    this.#report = report;
    this.#notes.show([...new Set(notesOn(report))]);
    this.#show();
  }

  #show(): void {
    const { variables = [] } = this.#report ?? {};
    const wanted = this.#filter.value.trim().toLowerCase();
    const found = variables.filter((variable) => searched(variable).includes(wanted));
    const waits = ({ restart_required: needed }: ConfigVariable): number => (needed ? 0 : 1);
    this.#rows.show(found.toSorted((a, b) => waits(a) - waits(b)));
    show(byId('config-region'), found.length > 0);
    const isAll = found.length === variables.length;
    setText(
      byId('config-count'),
      isAll ? count(found.length, 'variable') : `${found.length} of ${count(variables.length, 'variable')}`,
    );
  }
}

function notesOn({ generation, watched, warnings }: ConfigReport): string[] {
  const sources = watched.map(({ name, version, refused, trouble }) => {
    const state = refused
      ? 'its last state is refused, an older one is in force'
      : version
        ? `at ${version}`
        : 'nothing told yet';
    return `Watched: ${name}, ${state}${trouble ? `; ${trouble}` : ''}.`;
  });
  const reloads = generation > 1 ? [`Changed by ${count(generation - 1, 'reload')} since the start.`] : [];
  return [...warnings.map(({ name, message }) => `${name}: ${message}`), ...sources, ...reloads];
}

function searched(variable: ConfigVariable): string {
  const { name, value, restart_required: waits } = variable;
  return [name, textOf(value), placeOf(variable), waits ? 'restart required' : ''].join(' ').toLowerCase();
}

function placeOf({ name, source, found_as: foundAs, path }: ConfigVariable): string {
  const as = foundAs !== undefined && foundAs !== name ? ` as ${foundAs}` : '';
  return `${SOURCES[source] ?? source}${as}${path === undefined ? '' : `, ${path}`}`;
}

function makeRow({ name }: ConfigVariable): View<ConfigVariable> {
  const value = el('td', { class: 'value' });
  const source = el('td', { class: 'place' });
  const effect = el('span', { class: 'weak' });
  const mark = new Mark();
  mark.update('warn', 'restart required');
  return {
    node: el('tr', {}, el('th', { scope: 'row', class: 'path' }, name), value, source, el('td', {}, effect, mark.node)),
    update(variable) {
      const { value: now, source: from, reloadable, restart_required: waits } = variable;
      setText(value, now === null ? '–' : now === '' ? '(empty)' : textOf(now));
      value.classList.toggle('weak', now === null || from === 'default');
      setText(source, placeOf(variable));
      source.classList.toggle('weak', from === 'default' || from === 'unset');
      setText(effect, reloadable ? 'at once' : 'at the next start');
      show(effect, !waits);
      show(mark.node, waits);
    },
  };
}
