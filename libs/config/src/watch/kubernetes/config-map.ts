import type { SourceTexts } from '../watched-source.js';
import { failureOfStatus, KubeFailure } from './kube-failure.js';

/** What a list says of the one ConfigMap. */
export interface ConfigMapList {
  /** `undefined`: there is none. */
  readonly found: SourceTexts | undefined;
  /** From here a watch goes on. */
  readonly version: string;
}

/** What a watch tells of it. */
export type ConfigMapEvent =
  | { readonly kind: 'changed'; readonly found: SourceTexts; readonly version: string }
  | { readonly kind: 'deleted'; readonly version: string }
  /** Nothing of this ConfigMap changed; the watch has come this far. */
  | { readonly kind: 'passed'; readonly version: string };

/** @throws KubeFailure */
export function readList(bytes: Uint8Array, name: string): ConfigMapList {
  const list = objectOf(parse(bytes, 'the list'), 'the list');
  const items: unknown = list['items'] ?? [];
  if (!Array.isArray(items)) throw new KubeFailure('invalid', 'the list has no items');
  const item = items.find((each) => metadataOf(each)['name'] === name) as unknown;
  return { found: item === undefined ? undefined : textsOf(item), version: versionOf(list) };
}

/** @throws KubeFailure, also for an ERROR event: that is how a server tells 410 where it has answered 200 already */
export function readEvent(line: Uint8Array, name: string): ConfigMapEvent {
  const { type, object } = objectOf(parse(line, 'an event'), 'an event');
  if (type === 'ERROR') throw failureOfStatus(codeOf(object));
  const version = versionOf(object);
  if (type === 'BOOKMARK') return { kind: 'passed', version };
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') {
    throw new KubeFailure('invalid', 'an event is of no known type');
  }
  // Whatever stands between may not know the field selector.
  if (metadataOf(object)['name'] !== name) return { kind: 'passed', version };
  return type === 'DELETED' ? { kind: 'deleted', version } : { kind: 'changed', found: textsOf(object), version };
}

/** Only `data` counts: a value of `binaryData` is not a text. */
function textsOf(object: unknown): SourceTexts {
  const texts = Object.create(null) as Record<string, string>;
  for (const [key, value] of Object.entries(objectOf(objectOf(object, 'the ConfigMap')['data'] ?? {}, 'its data'))) {
    if (typeof value !== 'string') throw new KubeFailure('invalid', 'the ConfigMap holds what is not a text');
    texts[key] = value;
  }
  return { texts: Object.freeze(texts), version: versionOf(object) };
}

function versionOf(object: unknown): string {
  const version = metadataOf(object)['resourceVersion'];
  if (typeof version === 'string' && version !== '') return version;
  throw new KubeFailure('invalid', 'an answer has no resourceVersion');
}

function metadataOf(object: unknown): Record<string, unknown> {
  return objectOf(objectOf(object, 'an object')['metadata'], 'its metadata');
}

function codeOf(status: unknown): number {
  const code = typeof status === 'object' && status !== null && 'code' in status ? status.code : undefined;
  return typeof code === 'number' && Number.isInteger(code) ? code : 500;
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new KubeFailure('invalid', `${what} is not a JSON object`);
}

function parse(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's message quotes the text.
    throw new KubeFailure('invalid', `${what} is not JSON in UTF-8`);
  }
}
