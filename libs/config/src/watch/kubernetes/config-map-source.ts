import { setTimeout as sleep } from 'node:timers/promises';
import type { SourceListener, WatchedSource } from '../watched-source.js';
import { backoff } from './backoff.js';
import { ChangeTeller } from './change-teller.js';
import {
  type ConfigMapSourceOptions,
  type ResolvedConfigMapSourceOptions,
  resolveConfigMapSourceOptions,
} from './config-map-options.js';
import type { ConfigMapEvent } from './config-map.js';
import { asKubeFailure, GONE, KubeFailure } from './kube-failure.js';
import { listConfigMap } from './list-config-map.js';
import { watchConfigMap } from './watch-config-map.js';

/** A watch that was open for so long, or told anything, was not in vain. */
const SETTLED_MS = 1000;

const ENDED_AT_ONCE = new KubeFailure('unreachable', 'the server ends the watch at once');

/**
 * The `data` of one ConfigMap, read and watched through the Kubernetes API by `node:https` alone; `binaryData` is
 * ignored. Needs a Role with the verbs get, list and watch on configmaps, with the name as its only resourceName.
 *
 * It never gives up: after a failure it reads the ConfigMap anew, with growing waits. A ConfigMap that is deleted is
 * trouble, what was told last stays in force. It keeps the process alive until {@link stop}.
 */
export class ConfigMapSource implements WatchedSource {
  readonly name = 'configmap';
  readonly #options: ResolvedConfigMapSourceOptions;
  readonly #stopping = new AbortController();
  #teller: ChangeTeller | undefined;
  #running: Promise<void> | undefined;
  /** How far it has read; unknown before the first list and after a failure. */
  #version: string | undefined;
  #isThere = false;
  #failures = 0;
  #lastFailure: string | undefined;
  #openedAt: number | undefined;
  #hasHeard = false;

  /** @throws ArgumentError */
  constructor(options: ConfigMapSourceOptions) {
    this.#options = resolveConfigMapSourceOptions(options);
  }

  start(listener: SourceListener): void {
    if (this.#running || this.#stopping.signal.aborted) return;
    const teller = new ChangeTeller(listener, ConfigMapSource.name);
    this.#teller = teller;
    this.#running = this.#run(teller);
  }

  async stop(): Promise<void> {
    this.#teller?.silence();
    this.#stopping.abort();
    await this.#running;
  }

  async #run(teller: ChangeTeller): Promise<void> {
    const { signal } = this.#stopping;
    // The caller has the source before the listener is called.
    await Promise.resolve();
    while (!signal.aborted) {
      try {
        await this.#follow(teller, signal);
        if (!this.#isSettled()) throw ENDED_AT_ONCE;
        this.#recover();
      } catch (error) {
        const waitMs = signal.aborted ? 0 : this.#fail(asKubeFailure(error), teller);
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Reads the ConfigMap unless it is known, and hears of its changes until the watch ends. */
  async #follow(teller: ChangeTeller, signal: AbortSignal): Promise<void> {
    this.#openedAt = undefined;
    this.#hasHeard = false;
    if (this.#version === undefined) {
      const { found, version } = await listConfigMap(this.#options, signal);
      this.#version = version;
      this.#isThere = found !== undefined;
      if (found) teller.tellTexts(found);
      else this.#tellMissing(teller);
    }
    const ears = {
      opened: () => this.#opened(teller),
      heard: (event: ConfigMapEvent) => this.#heard(event, teller),
    };
    await watchConfigMap(this.#options, this.#version, ears, signal);
  }

  /** Only now trouble is over: who may list may not be allowed to watch. */
  #opened(teller: ChangeTeller): void {
    this.#openedAt = performance.now();
    if (this.#isThere) teller.tellTrouble(undefined);
    else this.#tellMissing(teller);
  }

  #heard(event: ConfigMapEvent, teller: ChangeTeller): void {
    this.#version = event.version;
    this.#hasHeard = true;
    if (event.kind === 'passed') return;
    this.#isThere = event.kind === 'changed';
    if (event.kind === 'deleted') return this.#tellMissing(teller);
    teller.tellTexts(event.found);
    teller.tellTrouble(undefined);
  }

  /** How long to wait, in milliseconds. */
  #fail(failure: KubeFailure, teller: ChangeTeller): number {
    if (this.#isSettled()) this.#recover();
    const waitMs = Math.max(failure.retryAfterMs, backoff(this.#failures, this.#options));
    // A version grows too old where little changes, and a server that stops ends its watches: troubles if they go on.
    const isUsual = (failure.status === GONE || failure === ENDED_AT_ONCE) && failure.message !== this.#lastFailure;
    this.#failures += 1;
    this.#lastFailure = failure.message;
    // What was missed meanwhile is unknown, and so is whether it is the same server, with the same history.
    this.#version = undefined;
    if (!isUsual) teller.tellTrouble({ kind: failure.kind, detail: `${this.#place}: ${failure.message}` });
    return isUsual && failure.status === GONE ? 0 : waitMs;
  }

  #recover(): void {
    this.#failures = 0;
    this.#lastFailure = undefined;
  }

  #isSettled(): boolean {
    return this.#hasHeard || (this.#openedAt !== undefined && performance.now() - this.#openedAt >= SETTLED_MS);
  }

  #tellMissing(teller: ChangeTeller): void {
    teller.tellTrouble({ kind: 'missing', detail: `${this.#place}: there is no such ConfigMap` });
  }

  get #place(): string {
    const { configMap, namespace, server } = this.#options;
    return `ConfigMap ${namespace ? `${namespace}/` : ''}${configMap} at ${server}`;
  }
}
