import { describe, expect, it } from '@jest/globals';
import { ArgumentError } from '@eggybyte/errors';
import { metricCatalogue } from '@eggybyte/observability';
import { makeRules } from '../rules/rules.js';
import { makeDashboard } from './dashboard.js';
import type { GrafanaPanel } from './grafana.js';

const dashboard = makeDashboard();
const everything = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
const charts = everything.filter(({ type }) => type !== 'row');
/** Metrics that neither a chart nor an alert asks for, with the reason. */
const UNUSED: Record<string, string> = {};

const defaultsOf = (panel: GrafanaPanel) => (panel['fieldConfig'] as { defaults: Record<string, any> }).defaults;

describe('makeDashboard', () => {
  it.each(charts)('says of $title what it means, in its unit', (panel) => {
    expect(panel.title).not.toBe('');
    expect(panel.description).toMatch(/^[A-Z0-9`].{40,}\.$/);
    expect(defaultsOf(panel)['unit']).toMatch(/\w/);
    expect(panel.targets?.length).toBeGreaterThan(0);
  });

  it('calls no two panels alike, and numbers all of them', () => {
    expect(new Set(charts.map(({ title }) => title)).size).toBe(charts.length);
    expect(everything.map(({ id }) => id)).toEqual(everything.map((_, at) => at + 1));
  });

  it('puts panels side by side without a gap or an overlap', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos, type, collapsed } of everything.filter((panel) => !isHidden(panel))) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, taken.get(`${x} ${y}`)]).toEqual([title, undefined]);
          taken.set(`${x} ${y}`, title);
        }
      }
      if (type === 'row') expect(collapsed === true).toBe(title === 'Configuration and start');
    }
    const lines = Math.max(...[...taken.keys()].map((place) => Number(place.split(' ')[1]))) + 1;
    expect(taken.size).toBe(lines * 24);
  });

  it('asks for the instances that its reader has picked, and for nobody else', () => {
    const exprs = charts.flatMap(({ title, targets = [] }) =>
      title === 'Alerts' ? [] : targets.map(({ expr }) => expr),
    );
    const selectors = exprs.flatMap((expr) => expr.match(/\{[^}]*\}/g) ?? []);

    expect(selectors.length).toBeGreaterThanOrEqual(exprs.length);
    expect(selectors.filter((selector) => !selector.startsWith('{job=~"$job",instance=~"$instance"'))).toEqual([]);
  });

  it('calls each series by labels that it has', () => {
    for (const { title, targets = [] } of charts) {
      for (const { expr, legendFormat } of targets) {
        const labels = [...String(legendFormat).matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        const grouped = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [];
        expect([title, labels.filter((label) => !grouped.includes(String(label)))]).toEqual([title, []]);
      }
    }
  });

  it('and the rules ask for every metric of the catalogue, but for those that are left out on purpose', () => {
    const asked = [...charts.flatMap(({ targets = [] }) => targets), ...makeRules().flatMap(({ rules }) => rules)];
    const text = asked.map(({ expr }) => expr).join('\n');
    const isAsked = (name: string) => new RegExp(`\\b${name}(?:_count|_sum|_bucket)?\\b`).test(text);

    expect(Object.keys(metricCatalogue).filter((name) => !isAsked(name))).toEqual(Object.keys(UNUSED));
  });

  it('draws its red lines at the goals of the service', () => {
    const strict = makeDashboard({ title: 'Shop', uid: 'shop', availability: 0.99, latency: '250ms' });
    const red = (title: string) =>
      defaultsOf(strict.panels.find((panel) => panel.title === title)!)['thresholds'].steps.at(-1);

    expect([strict.title, strict.uid]).toEqual(['Shop', 'shop']);
    expect(red('Errors')).toEqual({ color: 'red', value: 0.01 });
    expect(red('Latency p99')).toEqual({ color: 'red', value: 0.25 });
    expect(() => makeDashboard({ availability: 2 })).toThrow(ArgumentError);
  });
});

function isHidden(panel: GrafanaPanel): boolean {
  return dashboard.panels.some(({ collapsed, panels = [] }) => collapsed === true && panels.includes(panel));
}
