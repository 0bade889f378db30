import { type ConfigFacts, detectFacts } from './config-facts.js';
import type { ConfigProblem, ConfigWarning, Findings } from './config-problem.js';
import { findValue } from './config-lookup.js';
import { readDotenv, type Sources, type TextLayer } from './config-sources.js';
import type { ConfigShape } from './config-shape.js';
import type { KnownNames } from './known-names.js';
import type { WatchedLayers } from './config-state.js';
import type { LoadConfigOptions } from './load-config.js';
import { readDirectory } from './watch/read-directory.js';

const VARIABLE = 'ENVIRONMENT';
const FALLBACK = 'development';

/** All sources of one load, and the facts: the environment among them chooses `.env` files. */
export function readSources(
  shape: ConfigShape,
  known: KnownNames,
  { env = process.env, directory, mounted, values = {}, overrides = {}, facts: given = {} }: LoadConfigOptions,
  findings: Findings,
  watched: WatchedLayers = { layers: [], overrideEnv: true },
): { sources: Sources; facts: ConfigFacts } {
  const strong = strongLayers({ source: 'env', directory: process.cwd(), texts: env }, watched);
  const files = mounted === undefined ? [] : readMounted(mounted, findings.problems);
  const base = directory === undefined ? [] : readDotenv(directory, '.env', findings);
  const general: Sources = { overrides, layers: [...strong, ...files, ...base], values };
  const first = detectFacts(FALLBACK, env, given);
  const environment = given.environment ?? environmentName(shape, known.declared, general, first);
  const special = directory === undefined ? [] : readEnvironmentFiles(directory, environment, findings);
  const sources: Sources = { overrides, layers: [...strong, ...files, ...special, ...base], values };
  return { sources, facts: Object.freeze({ ...first, environment }) };
}

function strongLayers(environment: TextLayer, { layers, overrideEnv }: WatchedLayers): TextLayer[] {
  return overrideEnv ? [...layers, environment] : [environment, ...layers];
}

function readMounted(directory: string, problems: ConfigProblem[]): TextLayer[] {
  const { texts, trouble } = readDirectory(directory);
  if (texts) return [{ source: 'directory', path: directory, directory, texts: texts.texts }];
  const origin = { source: 'directory', name: directory, path: directory } as const;
  problems.push({
    kind: 'unreadable',
    name: directory,
    expected: 'a directory that can be read',
    given: trouble.detail,
    origin,
  });
  return [];
}

/** What ENVIRONMENT is by the sources that do not depend on it. */
function environmentName(
  shape: ConfigShape,
  declared: ReadonlySet<string>,
  sources: Sources,
  facts: ConfigFacts,
): string {
  const { aliases = [], secret = false, defaultOf } = shape[VARIABLE] ?? {};
  // What is found wrong here is found again, and reported, when the variable itself is looked up.
  const unreported: Findings = { problems: [], warnings: [] };
  const found = findValue({ name: VARIABLE, aliases, secret, declared }, sources, unreported);
  const value = found === undefined ? defaultOf?.(facts) : found === 'broken' ? undefined : found.given;
  return typeof value === 'string' ? value : FALLBACK;
}

/** `.env.<environment>.local` and `.env.<environment>`, strongest first. */
function readEnvironmentFiles(directory: string, environment: string, findings: Findings): TextLayer[] {
  if (!/^[\w.-]+$/.test(environment)) {
    const message = `no .env.<ENVIRONMENT> is read: ${JSON.stringify(environment)} cannot be part of a file name`;
    findings.warnings.push({ kind: 'ignored', name: VARIABLE, message });
    return [];
  }
  const files = [`.env.${environment}.local`, `.env.${environment}`];
  const layers = files.flatMap((file) => readDotenv(directory, file, findings));
  return layers.map((layer) => withoutOtherEnvironment(layer, environment, findings.warnings));
}

/** A file that was chosen by the environment cannot change it. */
function withoutOtherEnvironment(layer: TextLayer, environment: string, warnings: ConfigWarning[]): TextLayer {
  const { [VARIABLE]: other, ...texts } = layer.texts;
  if (!other || other === environment) return layer;
  const message = `${VARIABLE} in ${layer.path} is ignored, as this file is read for ${environment}`;
  warnings.push({ kind: 'ignored', name: VARIABLE, message });
  return { ...layer, texts };
}
