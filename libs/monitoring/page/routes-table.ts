import type { RouteReport, RouteTable } from '../src/overview/overview-report.js';
import { byId, el, setAttribute, setText, show } from './element.js';
import { age, count, number, percent, took } from './format.js';
import { KeyedList, type View } from './keyed-list.js';

type Column = keyof RouteReport;

interface Row {
  route: RouteReport;
  most: number;
}

/** Texts are read from A on, numbers from the largest. */
const TEXTS: readonly string[] = ['method', 'route'] satisfies Column[];

/** Requests by route, in the order that the reader asks for by the buttons of the head. */
export class RoutesTable {
  readonly #rows = new KeyedList<Row>(byId('route-rows'), ({ route }) => `${route.method} ${route.route}`, makeRow);
  readonly #heads = [...byId('routes-region').querySelectorAll<HTMLElement>('th[data-column]')];
  #sort: { column: Column; descending: boolean } = { column: 'requests', descending: true };
  #table: RouteTable | undefined;

  constructor() {
    for (const head of this.#heads) {
      head.querySelector('button')?.addEventListener('click', () => this.#sortBy(head.dataset['column'] as Column));
    }
    this.#markHeads();
  }

  show(table: RouteTable): void {
    this.#table = table;
    const { rows, window_s: seconds, left_out: leftOut } = table;
    const span = age(seconds * 1000);
    setText(byId('routes-window'), `over the last ${span}`);
    show(byId('no-routes'), rows.length === 0);
    setText(byId('no-routes'), `No requests in the last ${span}.`);
    show(byId('routes-region'), rows.length > 0);
    show(byId('routes-left-out'), leftOut > 0);
    setText(byId('routes-left-out'), `${count(leftOut, 'route')} with fewer requests not shown.`);
    const most = Math.max(1, ...rows.map(({ requests }) => requests));
    this.#rows.show(this.#sorted(rows).map((route) => ({ route, most })));
  }

  #sorted(rows: readonly RouteReport[]): RouteReport[] {
    const { column, descending } = this.#sort;
    const direction = descending ? -1 : 1;
    return rows.toSorted((a, b) => {
      const [left, right] = [a[column], b[column]];
      const order = typeof left === 'number' ? left - Number(right) : left.localeCompare(String(right));
      return direction * order || a.route.localeCompare(b.route);
    });
  }

  #sortBy(column: Column): void {
    const isSame = this.#sort.column === column;
    this.#sort = { column, descending: isSame ? !this.#sort.descending : !TEXTS.includes(column) };
    this.#markHeads();
    if (this.#table) this.show(this.#table);
  }

  #markHeads(): void {
    for (const head of this.#heads) {
      const isSorted = head.dataset['column'] === this.#sort.column;
      setAttribute(head, 'aria-sort', isSorted ? (this.#sort.descending ? 'descending' : 'ascending') : undefined);
    }
  }
}

function makeRow({ route: { method, route } }: Row): View<Row> {
  const numbers = Array.from({ length: 6 }, () => el('td', { class: 'number' }));
  const bar = el('span', { class: 'share', 'aria-hidden': 'true' });
  const requests = el('span');
  numbers[0]?.append(bar, requests);
  numbers[0]?.classList.add('with-share');
  const name = el('th', { scope: 'row', class: 'path' }, route);
  return {
    node: el('tr', {}, el('td', { class: 'method' }, method), name, ...numbers),
    update({ route: now, most }) {
      bar.style.width = `${(now.requests / most) * 100}%`;
      setText(requests, `${now.requests}`);
      const failed = now.errors > 0 ? `${now.errors} (${percent(now.errors / now.requests)})` : '0';
      const texts = [number(now.per_second), failed, took(now.p50_ms), took(now.p95_ms), took(now.p99_ms)];
      texts.forEach((text, index) => numbers[index + 1] && setText(numbers[index + 1] as Element, text));
      numbers[2]?.classList.toggle('has-errors', now.errors > 0);
    },
  };
}
