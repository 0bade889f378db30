import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GrafanaDashboard, GrafanaPanel } from '@eggybyte/monitoring';
import { metricCatalogue } from '@eggybyte/observability';
import { promtool, seriesNamesIn, startPrometheus, type TestPrometheus } from '../support/prometheus.js';
import { waitUntil } from '../support/wait-until.js';
import { type ObservedServices, startObservedServices } from './observed-services.js';

const LONG = 120_000;
const SERVICES = ['users', 'calling'] as const;
/** What Grafana puts in for its variables, when a reader has picked the service and the last half minute. */
const VARIABLES = { $__rate_interval: '30s', $service: 'users', $job: '.+', $instance: '.+' };
/** What Prometheus tells itself. */
const OF_PROMETHEUS = new Set(['up', 'ALERTS']);

/** Whether this machine limits the memory of a process, so that there is a limit to tell. */
const isLimited = process.constrainedMemory() > 0 && process.constrainedMemory() < 2 ** 50;

/** What is published. */
const deploy = (file: string) => readFileSync(join(import.meta.dirname, '../../libs/monitoring/deploy', file), 'utf8');
const dashboard = JSON.parse(deploy('grafana-dashboard.json')) as GrafanaDashboard;
const rules = deploy('prometheus-rules.yml');
const recorded = new Set([...rules.matchAll(/- record: (.+)/g)].map(([, name]) => String(name)));
const queries = flattened(dashboard.panels).flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, refId }) => ({ title, refId, expr: resolved(expr) })),
);

const cleanup = new AsyncDisposableStack();
let observed: ObservedServices;
let prometheus: TestPrometheus;
let told: string;

beforeAll(async () => {
  observed = await startObservedServices(cleanup);
  prometheus = cleanup.use(await startPrometheus({ targets: observed.targets, rules: [rules] }));
  const isUp = async () => (await prometheus.query('up == 1')).length === SERVICES.length;
  await waitUntil(isUp, { what: 'both services to be scraped', timeout: 20_000 });
  await observed.load(2);
  await observed.loseDatabase(3000);
  await observed.reconfigure();
  await observed.load(2);
  told = (await Promise.all(SERVICES.map((service) => observed.metrics(service)))).join('');
  await sleep(2000);
}, LONG);

afterAll(() => cleanup.disposeAsync(), LONG);

describe('a Prometheus that scrapes services', () => {
  it.each(SERVICES)('finds nothing to blame in the metrics of %s', async (service) => {
    expect(promtool(['check', 'metrics'], await observed.metrics(service))).toEqual({ ok: true, output: '' });
  });

  it('finds both of them up', async () => {
    const jobs = async () => {
      const up = (await prometheus.query('up == 1')).map(({ labels }) => labels['job']);
      return up.length === SERVICES.length && new Set(up);
    };

    expect(await waitUntil(jobs, { what: 'both services to be up' })).toEqual(new Set(SERVICES));
  });

  it('has heard of every metric of the suite', async () => {
    const names = (await prometheus.api('label/__name__/values')) as string[];
    const isKnown = (name: string) => names.some((one) => one === name || one === `${name}_count`);

    expect(Object.keys(metricCatalogue).filter((name) => !isKnown(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('asks for nothing that the services do not tell', () => {
    expect(unknownIn(queries.map(({ expr }) => expr))).toEqual([]);
  });

  it.each(queries.filter(({ expr }) => isLimited || !expr.includes('memory="process"')))(
    'has data for $title ($refId)',
    async ({ expr }) => {
      const samples = await prometheus.query(expr);

      expect(samples.filter(({ value }) => !Number.isNaN(value)).length).toBeGreaterThan(0);
    },
  );

  it('offers service, job and instance', async () => {
    const offered: Record<string, string[]> = {};
    for (const { name, definition } of dashboard.templating.list) {
      const [, series, label] = /^label_values\((.*), (\w+)\)$/.exec(String(definition)) ?? [];
      if (series === undefined) continue;
      offered[String(name)] = (await prometheus.query(`group by (${label}) (${resolved(series)})`)).map(
        ({ labels }) => labels[label!] ?? '',
      );
    }

    expect(offered).toEqual({
      service: expect.arrayContaining(['users', 'calling']),
      job: ['users'],
      instance: [observed.targets.users],
    });
  });

  it('marks when the instances were started', async () => {
    const [{ expr }] = dashboard.annotations.list as [{ expr: string }];
    const starts = await prometheus.query(resolved(expr));

    expect(starts).toHaveLength(SERVICES.length);
    for (const { value } of starts) expect(Math.abs(Date.now() - value)).toBeLessThan(600_000);
  });

  it('has the alerts of the service that fire', async () => {
    const { expr } = queries.find(({ title }) => title === 'Alerts')!;
    const names = (await prometheus.query(expr)).map(({ labels }) => labels['alertname']);

    expect(names).toEqual(['EggyConfigReloadRefused']);
  });
});

describe('the rules', () => {
  it('ask for nothing that the services do not tell', async () => {
    expect(unknownIn((await evaluated()).map(({ query }) => query))).toEqual([]);
  });

  it('are evaluated without an error', async () => {
    const all = await evaluated();

    expect(all).toHaveLength([...rules.matchAll(/^ +expr:/gm)].length);
    expect(all.filter(({ health, lastError }) => health !== 'ok' || lastError)).toEqual([]);
  });

  it.each([...recorded])('record %s', async (name) => {
    expect(await prometheus.query(`${name}{service="users"}`)).toHaveLength(1);
  });
});

interface Evaluated {
  name: string;
  query: string;
  health: string;
  lastError?: string;
}

/** The rules, as Prometheus has read and evaluated them. */
async function evaluated(): Promise<Evaluated[]> {
  const { groups } = (await prometheus.api('rules')) as { groups: { rules: Evaluated[] }[] };
  return groups.flatMap((group) => group.rules);
}

function flattened(panels: readonly GrafanaPanel[]): GrafanaPanel[] {
  return panels.flatMap((panel) => [panel, ...flattened(panel.panels ?? [])]);
}

function resolved(expr: string): string {
  return Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

/** Names in queries that nobody tells. */
function unknownIn(exprs: readonly string[]): string[] {
  const names = new Set(exprs.flatMap(seriesNamesIn));
  const isTold = (name: string) => new RegExp(`^${name}(?:\\{| )`, 'm').test(told);
  return [...names].filter((name) => !OF_PROMETHEUS.has(name) && !recorded.has(name) && !isTold(name));
}
