import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Findings, showPath } from './config-problem.js';
import { isGiven, ownValue, type Sources, type TextLayer } from './config-sources.js';
import type { Field } from './field.js';
import type { Provenance } from './provenance.js';
import { REDACTED } from './secret.js';
import { readValueFile } from './value-file.js';

/** What is looked for. */
export interface Sought extends Pick<Field<unknown>, 'aliases' | 'secret'> {
  readonly name: string;
  /** Names that stand for themselves: where `TLS_CA_FILE` is a variable, it is not the file of `TLS_CA`. */
  readonly declared: ReadonlySet<string>;
}

/** A value as it was given and its origin; `broken` when it is there but cannot be had, which is reported already. */
export type Found = { readonly given: unknown; readonly origin: Provenance } | 'broken';

/** The strongest source that gives the variable, under its name or an alias; undefined when none does. */
export function findValue(sought: Sought, sources: Sources, findings: Findings): Found | undefined {
  const { name } = sought;
  const override = ownValue(sources.overrides, name);
  if (override !== undefined) return { given: override, origin: { source: 'override', name } };
  for (const layer of sources.layers) {
    const found = findInLayer(layer, sought, findings);
    if (found !== undefined) return found;
  }
  const value = ownValue(sources.values, name);
  return value === undefined ? undefined : { given: value, origin: { source: 'code', name } };
}

function findInLayer(layer: TextLayer, sought: Sought, findings: Findings): Found | undefined {
  let found: Found | undefined;
  for (const known of [sought.name, ...sought.aliases]) {
    const next = findUnder(known, layer, sought, findings);
    if (next === undefined) continue;
    if (known !== sought.name) findings.warnings.push(oldNameWarning(known, sought.name, found !== undefined));
    found ??= next;
  }
  return found;
}

function findUnder(known: string, layer: TextLayer, sought: Sought, findings: Findings): Found | undefined {
  const place = { source: layer.source, ...(layer.path !== undefined && { path: layer.path }) };
  const fileKey = `${known}_FILE`;
  const text = ownValue(layer.texts, known);
  const file = canNameFiles(layer) && !sought.declared.has(fileKey) ? ownValue(layer.texts, fileKey) : undefined;
  if (file === undefined) return text === undefined ? undefined : { given: text, origin: { ...place, name: known } };
  if (text === undefined) return findInFile(file, { ...place, name: fileKey }, layer, sought, findings);
  const expected = `one of ${known} and ${fileKey}`;
  const origin = { ...place, name: sought.name };
  findings.problems.push({ kind: 'ambiguous', name: sought.name, expected, given: 'both', origin });
  return 'broken';
}

/** What is given as files already names no others, and a ConfigMap may not choose which files of a pod are read. */
function canNameFiles({ source }: TextLayer): boolean {
  return source === 'env' || source === 'dotenv';
}

/** A file's text without one final line break, which editors and `echo` put there. An empty file gives nothing. */
function findInFile(
  file: string,
  named: Provenance,
  { directory }: TextLayer,
  { name, secret }: Sought,
  findings: Findings,
): Found | undefined {
  const path = resolve(directory, file);
  const { text, trouble } = readValueFile(path);
  if (text === undefined) {
    const given = `${secret && !looksLikePath(file) ? REDACTED : showPath(path)} (${trouble})`;
    findings.problems.push({ kind: 'unreadable', name, expected: 'a file that can be read', given, origin: named });
    return 'broken';
  }
  const given = text.replace(/\r?\n$/, '');
  return isGiven(given) ? { given, origin: { source: 'file', name: named.name, path } } : undefined;
}

/** Who confuses NAME_FILE with NAME puts the secret itself here, and base64 may even begin with a slash. */
function looksLikePath(file: string): boolean {
  const top = /^(\/[^/]+)\//.exec(file)?.[1];
  return top === undefined ? /^\.{1,2}\//.test(file) : existsSync(top);
}

function oldNameWarning(name: string, current: string, overruled: boolean) {
  return overruled
    ? ({ kind: 'ignored', name, message: `${name} is ignored, as ${current} is set too` } as const)
    : ({ kind: 'alias', name, message: `${name} is the old name of ${current}: rename it` } as const);
}
