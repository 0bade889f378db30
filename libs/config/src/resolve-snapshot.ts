import type { Snapshot, WatchedLayers } from './config-state.js';
import type { ConfigFacts } from './config-facts.js';
import { findValue } from './config-lookup.js';
import { type ConfigProblem, type Findings, showGiven } from './config-problem.js';
import type { ConfigShape } from './config-shape.js';
import type { Sources } from './config-sources.js';
import { ConfigInvalidError } from './config.errors.js';
import { checkField, type Field } from './field.js';
import { isServiceLink, KnownNames } from './known-names.js';
import type { ConfigRule, LoadConfigOptions } from './load-config.js';
import type { Provenance } from './provenance.js';
import { readSources } from './read-sources.js';
import { refuseUnknownInCode, warnOfSuspects } from './unknown-names.js';
import { hintOf, slipWarning } from './value-slips.js';

interface Resolution {
  readonly facts: ConfigFacts;
  readonly findings: Findings;
  readonly known: KnownNames;
  readonly sources: Sources;
  /** Unknown names, each with the known one that it resembles. */
  readonly suspects: ReadonlyMap<string, string | undefined>;
}

/**
 * One generation of values: all of them, or an error that names everything that is wrong.
 *
 * @throws ConfigInvalidError with one report of all problems
 */
export function resolveSnapshot(shape: ConfigShape, options: LoadConfigOptions, watched?: WatchedLayers): Snapshot {
  const findings: Findings = { problems: [], warnings: [] };
  const known = new KnownNames(shape);
  const { sources, facts } = readSources(shape, known, options, findings, watched);
  const suspects = warnOfSuspects(known, sources, options, findings);
  const resolution: Resolution = { facts, findings, known, sources, suspects };
  const values: Record<string, unknown> = {};
  const origins: Record<string, Provenance> = {};
  for (const [name, field] of Object.entries(shape)) {
    const resolved = resolveField(name, field, resolution);
    values[name] = resolved?.value;
    origins[name] = Object.freeze(resolved?.origin ?? { source: 'unset', name });
  }
  refuseUnknownInCode(shape, known, sources, findings);
  for (const rule of options.rules ?? []) findings.problems.push(...violations(rule, shape, values, origins));
  if (findings.problems.length > 0) throw new ConfigInvalidError(findings.problems, findings.warnings);
  return Object.freeze({
    values: Object.freeze(values),
    origins: Object.freeze(origins),
    warnings: Object.freeze(findings.warnings),
  });
}

/** The checked value and its origin; undefined when there is none, which is a problem unless the field is optional. */
function resolveField(name: string, field: Field<unknown>, { facts, findings, known, sources, suspects }: Resolution) {
  const { aliases, expected, secret } = field;
  const found = findValue({ name, aliases, secret, declared: known.declared }, sources, findings);
  if (found === 'broken') return undefined;
  const { given, origin } = found ?? { given: field.defaultOf?.(facts), origin: { source: 'default', name } as const };
  if (given === undefined && field.optional) return undefined;
  if (given === undefined) {
    const unset = { source: 'unset', name } as const;
    findings.problems.push({
      kind: 'missing',
      name,
      expected,
      origin: unset,
      hint: meant([name, ...aliases], suspects),
    });
    return undefined;
  }
  const checked = checkField(field, given);
  if (checked.success) {
    const warning = slipWarning(name, given, field, origin);
    if (warning) findings.warnings.push(warning);
    return { value: checked.data, origin };
  }
  const hint = origin.source === 'env' && isServiceLink(given) ? SERVICE_LINK_HINT : hintOf(given, field);
  findings.problems.push({ kind: 'invalid', name, given: showGiven(given, secret), expected, origin, hint });
  return undefined;
}

function violations(
  rule: ConfigRule,
  shape: ConfigShape,
  values: Record<string, unknown>,
  origins: Record<string, Provenance>,
): ConfigProblem[] {
  const { names, expected } = rule;
  if (names.some((name) => values[name] === undefined)) return [];
  const verdict = rule.holds(values);
  if (verdict === true) return [];
  const [name] = names;
  const given = showGiven(values[name], shape[name]?.secret ?? false);
  const origin = origins[name] ?? ({ source: 'unset', name } as const);
  return [{ kind: 'invalid', name, given, expected, origin, hint: verdict || undefined }];
}

const SERVICE_LINK_HINT =
  'Kubernetes sets it for a Service of that name: rename the Service, or set enableServiceLinks to false in the pod';

function meant(names: readonly string[], suspects: Resolution['suspects']): string | undefined {
  const [suspect] = [...suspects].find(([, nearest]) => nearest !== undefined && names.includes(nearest)) ?? [];
  return suspect && `${suspect} is set: did you mean ${names[0]}?`;
}
