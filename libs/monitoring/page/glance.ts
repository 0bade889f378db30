import type { OverviewReport, PoolSample, Sample } from '../src/overview/overview-report.js';
import { Chart, type ChartOptions } from './chart.js';
import { byId, show } from './element.js';
import { bytes, number, percent, perSecond, took } from './format.js';
import { KeyedList } from './keyed-list.js';

interface Card {
  key: string;
  options: ChartOptions;
}

interface Shown extends Card {
  samples: readonly Sample[];
  now: number;
}

const REQUESTS: Card = {
  key: 'requests',
  options: {
    title: 'Requests',
    series: [
      { label: 'requests', look: 'main', valueOf: (sample) => sample.requests_per_second },
      { label: 'errors', look: 'bad', valueOf: (sample) => sample.errors_per_second },
    ],
    format: perSecond,
    empty: 'Nothing measured yet',
    note: ({ requests_per_second: all, errors_per_second: failed }) => {
      if (all === 0) return 'No request in the last 5 s';
      return failed > 0 ? `${percent(failed / all)} of the answers are errors` : 'No errors';
    },
  },
};

const LATENCY: Card = {
  key: 'latency',
  options: {
    title: 'Latency',
    series: [
      { label: 'p99', look: 'main', valueOf: (sample) => sample.p99_ms },
      { label: 'p50', look: 'second', valueOf: (sample) => sample.p50_ms },
    ],
    format: took,
    empty: 'No request in the last 15 minutes',
    note: ({ p99_ms }) => (p99_ms === null ? 'No request in the last 5 s' : 'Of the requests in the last 5 s'),
  },
};

const ACTIVE: Card = {
  key: 'active',
  options: {
    title: 'Requests at hand',
    series: [{ label: 'at hand', look: 'main', valueOf: (sample) => sample.active_requests }],
    format: number,
    empty: 'Nothing measured yet',
    note: () => 'Begun and not answered yet',
  },
};

const LOOP: Card = {
  key: 'loop',
  options: {
    title: 'Event loop',
    series: [{ label: 'busy', look: 'main', valueOf: (sample) => sample.loop_utilization }],
    format: percent,
    top: 1,
    empty: 'Nothing measured yet',
    note: () => 'Share of the time that it works',
  },
};

const LAG: Card = {
  key: 'lag',
  options: {
    title: 'Event loop lag',
    series: [{ label: 'longest', look: 'main', valueOf: (sample) => sample.loop_lag_ms }],
    format: took,
    empty: 'Nothing measured yet',
    note: () => 'The longest wait for a turn in 5 s',
  },
};

const CACHE: Card = {
  key: 'cache',
  options: {
    title: 'Cache hits',
    series: [{ label: 'of the reads', look: 'main', valueOf: (sample) => sample.cache_hit_ratio }],
    format: percent,
    top: 1,
    empty: 'Nothing read in the last 15 minutes',
    note: ({ cache_operations_per_second: operations, cache_hit_ratio: ratio }) =>
      `${ratio === null ? 'Nothing read in the last 5 s; ' : ''}${perSecond(operations ?? 0)} operations`,
  },
};

/** The charts at the top: those of what the service has. */
export class Glance {
  readonly #cards: KeyedList<Shown>;

  constructor(parent: HTMLElement) {
    this.#cards = new KeyedList(
      parent,
      ({ key }) => key,
      ({ options }) => {
        const chart = new Chart(options);
        return { node: chart.node, update: (card) => chart.update(card.samples, card.now, card.options) };
      },
    );
  }

  show({ application, samples }: OverviewReport, now: number): void {
    const pools = new Set(samples.flatMap((sample) => Object.keys(sample.pools)));
    const hasCache = samples.some((sample) => sample.cache_operations_per_second !== null);
    const cards = [REQUESTS, LATENCY, ACTIVE, LOOP, LAG, memoryCard(application)];
    for (const name of pools) cards.push(poolCard(name, pools.size, samples.at(-1)?.pools[name]));
    if (hasCache) cards.push(CACHE);
    show(byId('no-cards'), false);
    this.#cards.show(cards.map((card) => ({ ...card, samples, now })));
  }
}

function memoryCard({ memory_limit_bytes: limit, heap_limit_bytes: heapLimit }: OverviewReport['application']): Card {
  return {
    key: 'memory',
    options: {
      title: 'Memory',
      series: [
        { label: 'RSS', look: 'main', valueOf: (sample) => sample.rss_bytes },
        { label: 'heap', look: 'second', valueOf: (sample) => sample.heap_used_bytes },
      ],
      format: bytes,
      limit: limit ?? undefined,
      empty: 'Nothing measured yet',
      note: () => `${limit === null ? 'No limit' : `Limit ${bytes(limit)}`}; heap up to ${bytes(heapLimit)}`,
    },
  };
}

function poolCard(name: string, pools: number, latest: PoolSample | undefined): Card {
  const max = latest?.max;
  return {
    key: `pool ${name}`,
    options: {
      title: pools === 1 ? 'Database connections' : `Database connections: ${name}`,
      series: [
        { label: 'in use', look: 'main', valueOf: ({ pools: all }) => all[name]?.used ?? null },
        { label: 'waiting', look: 'bad', valueOf: ({ pools: all }) => all[name]?.waiting ?? null },
      ],
      format: number,
      limit: max,
      empty: 'Nothing measured yet',
      note: ({ pools: all }) => `${all[name]?.idle ?? 0} idle; ${max ?? 0} at most`,
    },
  };
}
