import type { InfoReport } from '../src/info/info-endpoint.js';
import { byId, el, setText } from './element.js';
import { bytes } from './format.js';
import { KeyedList } from './keyed-list.js';
import { textOf } from './record-details.js';

type Fact = [name: string, value: string];

/** What is running: of which build, on what, with which packages. */
export class ServiceInfo {
  readonly #build = factList('info-build');
  readonly #runtime = factList('info-runtime');
  readonly #packages = factList('info-packages');

  show({ service, version, build, runtime, packages }: InfoReport): void {
    this.#build.show(factsOf({ service, version, ...build }));
    this.#runtime.show(factsOf(runtime));
    this.#packages.show(factsOf(packages));
  }
}

function factsOf(facts: object): Fact[] {
  return Object.entries(facts as Record<string, unknown>).flatMap(([name, value]): Fact[] => {
    // The head of the page tells the uptime of now.
    if (value === undefined || value === null || name === 'uptime_s') return [];
    if (name.endsWith('_bytes')) return [[name.slice(0, -6).replaceAll('_', ' '), bytes(Number(value))]];
    return [[name.replaceAll('_', ' '), textOf(value)]];
  });
}

function factList(id: string): KeyedList<Fact> {
  return new KeyedList<Fact>(
    byId(id),
    ([name]) => name,
    ([name]) => {
      const value = el('dd');
      return { node: el('div', {}, el('dt', {}, name), value), update: ([, text]) => setText(value, text) };
    },
  );
}
