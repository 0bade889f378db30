import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prometheusRules, type RuleGroup, type RulesOptions, rulesYaml } from '@eggybyte/monitoring';
import { promtool, type PromtoolAnswer } from '../../support/prometheus.js';
import { availabilityCases } from './rules/availability-cases.js';
import { loadCases } from './rules/load-cases.js';
import { partCases } from './rules/part-cases.js';
import { quietScenarios } from './rules/quiet-scenarios.js';
import type { Outcome, RuleCase } from './rules/rule-case.js';
import { INTERVAL } from './rules/rule-series.js';

const cases = [...availabilityCases, ...loadCases, ...partCases];
const titled = cases.map((one) => ({
  ...one,
  title: [one.alert, ...Object.values(one.labels), one.outcome].join(' '),
}));

let folder: string;
let groups: RuleGroup[];
beforeAll(async () => {
  groups = await prometheusRules();
  folder = await mkdtemp(join(tmpdir(), 'eggy-rules-'));
  for (const group of groups) await writeFile(join(folder, `${group.name}.yml`), await rulesYaml([group]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the rules for Prometheus', () => {
  it.each<RulesOptions>([{}, { availability: 0.99, latency: '250ms', labels: { team: 'shop "and" more', on: 'yes' } }])(
    'are what it reads, with %p',
    async (options) => {
      const file = join(folder, 'given.yml');
      await writeFile(file, await rulesYaml(await prometheusRules(options)));

      expect(promtool(['check', 'rules', '--lint-fatal', file])).toEqual({
        ok: true,
        output: expect.stringContaining('SUCCESS'),
      });
    },
  );

  it('have a case for each alert that makes it fire, and one that does not', () => {
    const alerts = groups.flatMap(({ rules }) => rules).filter((rule) => 'alert' in rule);
    const without = (outcome: Outcome) =>
      alerts.filter((rule) => !cases.some((one) => one.outcome === outcome && isOf(one, rule)));

    expect(alerts.length).toBeGreaterThan(15);
    expect(without('fires')).toEqual([]);
    expect(without('stays silent')).toEqual([]);
  });

  it.each(titled)('$title when $when', async (one) => {
    const { now, before } = await firedBy(one);

    expect(now).toEqual(one.outcome === 'fires' ? [expect.stringContaining(one.summary ?? '')] : []);
    expect(before).toBe(one.outcome !== 'stays silent');
  });
});

describe('no alert fires while a service', () => {
  it.each(quietScenarios)('$name', async ({ series, minutes }) => {
    const ever = `count by (alertname) (max_over_time(ALERTS{alertstate="firing"}[${minutes}m]))`;

    const answer = await unitTest(groups, {
      input_series: series,
      promql_expr_test: [{ expr: ever, eval_time: `${minutes}m`, exp_samples: [] }],
    });

    expect(answer).toEqual({ ok: true, output: expect.stringContaining('SUCCESS') });
  });
});

function isOf({ alert, labels }: RuleCase, rule: { alert: string; labels: Record<string, string> }): boolean {
  return rule.alert === alert && Object.entries(labels).every(([name, value]) => rule.labels[name] === value);
}

interface Fired {
  /** Annotations of those that fire at the minute of the case. */
  now: string[];
  /** Whether any has fired until then. */
  before: boolean;
}

/** What promtool finds of the alerts of one name, and with its labels. */
async function firedBy({ alert, labels, series, at }: RuleCase): Promise<Fired> {
  const group = groups.filter(({ rules }) => rules.some((rule) => 'alert' in rule && rule.alert === alert));
  const matchers = Object.entries({ alertname: alert, alertstate: 'firing', ...labels }).map(
    ([name, value]) => `${name}="${value}"`,
  );
  const ever = `group(max_over_time(ALERTS{${matchers.join(',')}}[${at}m]))`;
  // It tells what it has found where something else was expected.
  const { output } = await unitTest(group, {
    input_series: series,
    alert_rule_test: [{ eval_time: `${at}m`, alertname: alert, exp_alerts: [] }],
    promql_expr_test: [{ expr: ever, eval_time: `${at}m`, exp_samples: [{ labels: '{}', value: 2 }] }],
  });
  const samples = /got: (\{\} 1E\+00|nil)/.exec(output)?.[1];
  if (samples === undefined) throw new Error(output);
  const found = [...output.matchAll(/Labels:(\{.*\})\n\s*Annotations:(\{.*\})/g)];
  const has = (text: string) => Object.entries(labels).every(([name, value]) => text.includes(`${name}="${value}"`));
  const now = found.flatMap(([, its = '', annotations = '']) => (has(its) ? [annotations] : []));
  return { now, before: samples !== 'nil' };
}

async function unitTest(loaded: readonly RuleGroup[], test: object): Promise<PromtoolAnswer> {
  const file = join(folder, 'test.yml');
  const rule_files = loaded.map(({ name }) => `${name}.yml`);
  const tests = [{ interval: INTERVAL, ...test }];
  await writeFile(file, JSON.stringify({ rule_files, evaluation_interval: INTERVAL, tests }));
  return promtool(['test', 'rules', file]);
}
