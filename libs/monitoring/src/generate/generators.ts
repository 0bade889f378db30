import type { DashboardOptions } from './dashboard/dashboard.js';
import type { GrafanaDashboard } from './dashboard/grafana.js';
import type { RuleGroup } from './rules/rule.js';
import type { RulesOptions } from './rules/rules.js';

// What makes files is loaded when it is asked for: no service pays for it at its start.

/**
 * Grafana's dashboard of a service, for Grafana 10 and newer: `JSON.stringify` it, and import it. Its reader picks data
 * source, service and instances. Red lines stand at the goals of the service.
 *
 * @throws ArgumentError for a goal that is none.
 */
export async function grafanaDashboard(options?: DashboardOptions): Promise<GrafanaDashboard> {
  const { makeDashboard } = await import('./dashboard/dashboard.js');
  return makeDashboard(options);
}

/**
 * Prometheus' recording and alerting rules for all services of the suite that it scrapes; {@link rulesYaml} makes a
 * file of them.
 *
 * @throws ArgumentError for a goal that is none.
 */
export async function prometheusRules(options?: RulesOptions): Promise<RuleGroup[]> {
  const { makeRules } = await import('./rules/rules.js');
  return makeRules(options);
}

/** A file of rules as Prometheus reads it, to be put under `rule_files`. */
export async function rulesYaml(groups: readonly RuleGroup[]): Promise<string> {
  const { writeRules } = await import('./rules/rules-yaml.js');
  return writeRules(groups);
}

/** Every metric of the suite in Markdown: kind, labels and what it tells, and the buckets of histograms. */
export async function metricReference(): Promise<string> {
  const { makeReference } = await import('./metric-reference.js');
  return makeReference();
}
