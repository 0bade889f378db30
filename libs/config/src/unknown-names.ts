import type { Findings } from './config-problem.js';
import type { ConfigShape } from './config-shape.js';
import { ownValue, type Sources } from './config-sources.js';
import type { KnownNames } from './known-names.js';
import type { LoadConfigOptions } from './load-config.js';

/** Warns of names in the environment and in `.env` files that look like mistakes; gives name and what was meant. */
export function warnOfSuspects(
  known: KnownNames,
  { layers }: Sources,
  { prefixes = [], retired = {} }: Pick<LoadConfigOptions, 'prefixes' | 'retired'>,
  { warnings }: Findings,
): ReadonlyMap<string, string | undefined> {
  const all = new Map<string, string | undefined>();
  for (const { path, texts } of layers) {
    for (const [name, instead] of Object.entries(retired)) {
      if (ownValue(texts, name) === undefined) continue;
      warnings.push({ kind: 'ignored', name, message: `${name} (${path ?? 'environment'}) is not used: ${instead}` });
    }
    for (const [name, nearest] of known.suspects(texts, prefixes)) {
      if (Object.hasOwn(retired, name)) continue;
      const hint = nearest === undefined ? '' : `: did you mean ${nearest}?`;
      const message = `${shown(name)} (${path ?? 'environment'}) is not a variable of this configuration${hint}`;
      warnings.push({ kind: 'unknown', name, message });
      all.set(name, nearest);
    }
  }
  return all;
}

/** In code an unknown name cannot belong to anybody else: it is a problem. */
export function refuseUnknownInCode(shape: ConfigShape, known: KnownNames, sources: Sources, findings: Findings): void {
  const places = [
    { source: 'override', names: Object.keys(sources.overrides) },
    { source: 'code', names: Object.keys(sources.values) },
  ] as const;
  for (const { source, names } of places) {
    for (const name of names.filter((each) => !Object.hasOwn(shape, each)).toSorted()) {
      const nearest = known.nearest(name);
      const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
      const origin = { source, name };
      findings.problems.push({ kind: 'unknown', name, expected: 'the name of a variable', origin, hint });
    }
  }
}

/** Space and control characters in a name have to be seen. */
function shown(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : JSON.stringify(name);
}
