import { isDeepStrictEqual } from 'node:util';

/** As the API writes it. */
export interface FakeConfigMap {
  kind: 'ConfigMap';
  apiVersion: 'v1';
  metadata: { name: string; namespace: string; resourceVersion: string; annotations?: Record<string, string> };
  data?: Record<string, unknown>;
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

export type FakeContent = Pick<FakeConfigMap, 'data' | 'binaryData' | 'immutable'>;

export interface FakeEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: unknown;
}

/** Objects with versions and a history that can be compacted, as etcd keeps them. */
export class FakeConfigMaps {
  readonly #history: { version: number; name: string; event: FakeEvent }[] = [];
  readonly #objects = new Map<string, FakeConfigMap>();
  readonly #watchers = new Set<{ name: string; hear: (event: FakeEvent) => void }>();
  #version = 1;
  /** What happened before this version cannot be watched any more. */
  #oldest = 0;

  constructor(readonly namespace: string) {}

  get version(): string {
    return String(this.#version);
  }

  find(name: string): FakeConfigMap | undefined {
    return this.#objects.get(name);
  }

  /**
   * Creates or changes it; what is not given is absent. What would change nothing is no event and gets no version.
   *
   * @throws Error for other data of an immutable one
   */
  put(name: string, content: FakeContent, annotations?: Record<string, string>): void {
    const old = this.#objects.get(name);
    const withVersion = (resourceVersion: string): FakeConfigMap => ({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name, namespace: this.namespace, resourceVersion, ...(annotations && { annotations }) },
      ...content,
    });
    if (old && isDeepStrictEqual(old, withVersion(old.metadata.resourceVersion))) return;
    if (old?.immutable && !isDeepStrictEqual(old.data, content.data)) throw new Error('data: field is immutable');
    this.#version += 1;
    this.#happens(old ? 'MODIFIED' : 'ADDED', withVersion(this.version));
  }

  annotate(name: string, annotations: Record<string, string>): void {
    const { data, binaryData, immutable } = this.#objects.get(name) ?? {};
    this.put(
      name,
      { ...(data && { data }), ...(binaryData && { binaryData }), ...(immutable && { immutable }) },
      annotations,
    );
  }

  remove(name: string): void {
    const found = this.#objects.get(name);
    if (!found) return;
    this.#version += 1;
    this.#happens('DELETED', { ...found, metadata: { ...found.metadata, resourceVersion: this.version } });
  }

  /** Forgets the history, so that older versions are 410; with a version of its own, as the cluster is never still. */
  compact(): void {
    this.#version += 1;
    this.#oldest = this.#version;
    this.#history.length = 0;
  }

  isTooOld(version: string): boolean {
    return Number(version) < this.#oldest;
  }

  /** Tells what happened after that version, and what happens from now on; returns what ends it. */
  watch(name: string, version: string, hear: (event: FakeEvent) => void): () => void {
    for (const past of this.#history) if (past.name === name && past.version > Number(version)) hear(past.event);
    const watcher = { name, hear };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** What a server sends now and then, or never. */
  bookmark(): void {
    const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: this.version } };
    for (const { hear } of this.#watchers) hear({ type: 'BOOKMARK', object });
  }

  #happens(type: FakeEvent['type'], object: FakeConfigMap): void {
    const { name } = object.metadata;
    const event = { type, object };
    if (type === 'DELETED') this.#objects.delete(name);
    else this.#objects.set(name, object);
    this.#history.push({ version: this.#version, name, event });
    for (const watcher of this.#watchers) if (watcher.name === name) watcher.hear(event);
  }
}
