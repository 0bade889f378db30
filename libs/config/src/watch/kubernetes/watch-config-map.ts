import type { ResolvedConfigMapSourceOptions } from './config-map-options.js';
import { type ConfigMapEvent, readEvent } from './config-map.js';
import { FrameSplitter } from './frame-splitter.js';
import { askForConfigMaps } from './kube-connection.js';
import { KubeFailure } from './kube-failure.js';
import { within } from './within.js';

/** Above what a ConfigMap may hold, with each of its characters escaped. */
const LONGEST_EVENT_BYTES = 8 * 1024 ** 2;

export interface WatchEars {
  /** The server has taken the watch. */
  opened(): void;
  heard(event: ConfigMapEvent): void;
}

/**
 * Hears of changes after `version` until the server ends the watch, which it is asked to do after some time: silence
 * says nothing, as bookmarks need not come, so a server that does not end it is frozen or out of reach.
 *
 * @throws KubeFailure, or what the connection failed with
 */
export async function watchConfigMap(
  options: ResolvedConfigMapSourceOptions,
  version: string,
  ears: WatchEars,
  stop: AbortSignal,
): Promise<void> {
  // At random, so that replicas that started together do not come back together.
  const seconds = Math.max(1, Math.floor((options.watchTimeoutMs * (1 + Math.random() / 4)) / 1000));
  const query = {
    watch: '1',
    allowWatchBookmarks: 'true',
    resourceVersion: version,
    timeoutSeconds: String(seconds),
  };
  const frozen = new KubeFailure('unreachable', 'the server neither told anything nor ended the watch in time');
  await within(seconds * 1000 + options.watchGraceMs, frozen, stop, async (signal) => {
    const { body, close } = await askForConfigMaps(options, query, signal);
    try {
      ears.opened();
      const frames = new FrameSplitter(LONGEST_EVENT_BYTES);
      for await (const chunk of body as AsyncIterable<Buffer>) {
        for (const line of frames.push(chunk)) ears.heard(readEvent(line, options.configMap));
      }
      if (frames.isInside) throw new KubeFailure('unreachable', 'the watch ended in the middle of an event');
    } finally {
      await close();
    }
  });
}
