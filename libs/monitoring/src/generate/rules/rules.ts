import { resolveGoals, type ServiceGoals } from '../service-goals.js';
import { availabilityRules } from './availability-rules.js';
import { dependencyRules } from './dependency-rules.js';
import { httpRules } from './http-rules.js';
import type { RuleGroup } from './rule.js';
import { runtimeRules } from './runtime-rules.js';
import { upkeepRules } from './upkeep-rules.js';

export interface RulesOptions extends ServiceGoals {
  /** Labels that each alert gets besides `severity`, such as `team`, for who routes them. */
  labels?: Readonly<Record<string, string>>;
}

/** See `prometheusRules`. */
export function makeRules(options: RulesOptions = {}): RuleGroup[] {
  const { labels = {}, ...goals } = options;
  const groups = [availabilityRules, httpRules(resolveGoals(goals)), runtimeRules, dependencyRules, upkeepRules];
  return groups.map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => ('alert' in rule ? { ...rule, labels: { ...labels, ...rule.labels } } : { ...rule })),
  }));
}
