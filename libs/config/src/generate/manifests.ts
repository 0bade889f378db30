import type { AnyConfigClass } from '../config-class.js';
import { type ConfigReferenceRow, describeConfig } from '../config-reference.js';
import { oneLine } from './one-line.js';

export interface ManifestOptions {
  /** Name of the ConfigMap and of the Secret. */
  name: string;
  /** @default that which they are applied to */
  namespace?: string;
}

export interface WatchRoleOptions extends ManifestOptions {
  /** The service account of the pods. @default "default" */
  serviceAccount?: string;
}

/** A ConfigMap with every variable that is no secret: defaults commented out, what is required to be filled in. */
export function configMapManifest(Class: Pick<AnyConfigClass, 'schema'>, options: ManifestOptions): string {
  const rows = describeConfig(Class).filter(({ secret }) => !secret);
  return manifest('ConfigMap', options, ['data:', ...rows.flatMap(entry)]);
}

/** A Secret with every variable that is one, to be filled in. */
export function secretManifest(Class: Pick<AnyConfigClass, 'schema'>, options: ManifestOptions): string {
  const rows = describeConfig(Class).filter(({ secret }) => secret);
  return manifest('Secret', options, ['type: Opaque', 'stringData:', ...rows.flatMap(entry)]);
}

/** What a service that watches its ConfigMap through the API may do, and nothing else: read this one object. */
export function watchRoleManifest({ name, namespace, serviceAccount = 'default' }: WatchRoleOptions): string {
  const role = manifest('Role', { name: `${name}-watch`, ...(namespace && { namespace }) }, [
    'rules:',
    "  - apiGroups: ['']",
    '    resources: [configmaps]',
    `    resourceNames: [${text(name)}]`,
    '    verbs: [get, list, watch]',
  ]);
  const binding = manifest('RoleBinding', { name: `${name}-watch`, ...(namespace && { namespace }) }, [
    'roleRef:',
    '  apiGroup: rbac.authorization.k8s.io',
    '  kind: Role',
    `  name: ${text(`${name}-watch`)}`,
    'subjects:',
    '  - kind: ServiceAccount',
    `    name: ${text(serviceAccount)}`,
  ]);
  return `${role}---\n${binding}`;
}

function manifest(kind: string, { name, namespace }: ManifestOptions, rest: readonly string[]): string {
  const version = kind.startsWith('Role') ? 'rbac.authorization.k8s.io/v1' : 'v1';
  const metadata = ['metadata:', `  name: ${text(name)}`, ...(namespace ? [`  namespace: ${text(namespace)}`] : [])];
  return `${[`apiVersion: ${version}`, `kind: ${kind}`, ...metadata, ...rest].join('\n')}\n`;
}

function entry({ name, description, expected, required, reloadable, literalDefault }: ConfigReferenceRow): string[] {
  const about = [description, `Expected: ${expected}.`, reloadable ? 'Reloadable.' : ''].filter(Boolean).join(' ');
  const assignment = `${name}: ${text(literalDefault ?? '')}`;
  return [`  # ${oneLine(about)}`, required ? `  ${assignment}` : `  # ${assignment}`];
}

/** What JSON leaves as it is and YAML folds into a space or refuses. */
const UNSAFE = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

/** A text of JSON is one of YAML, once what YAML reads otherwise is escaped. */
function text(value: string): string {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value.toWellFormed()).replaceAll(UNSAFE, escape);
}
