import type { ResolvedConfigMapSourceOptions } from './config-map-options.js';
import { type ConfigMapList, readList } from './config-map.js';
import { askForConfigMaps } from './kube-connection.js';
import { KubeFailure } from './kube-failure.js';
import { within } from './within.js';

/** Four times what a ConfigMap may hold. */
const MOST_BYTES = 4 * 1024 ** 2;

/**
 * Reads the ConfigMap. By a list of one, not by its name: that gives a version to watch from also where it is missing.
 *
 * @throws KubeFailure, or what the connection failed with
 */
export async function listConfigMap(
  options: ResolvedConfigMapSourceOptions,
  stop: AbortSignal,
): Promise<ConfigMapList> {
  const late = new KubeFailure('unreachable', `no answer within ${options.listTimeoutMs} ms`);
  return within(options.listTimeoutMs, late, stop, async (signal) => {
    const { body, close } = await askForConfigMaps(options, {}, signal);
    try {
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > MOST_BYTES) throw new KubeFailure('invalid', `the list is larger than ${MOST_BYTES} bytes`);
        chunks.push(chunk);
      }
      return readList(Buffer.concat(chunks), options.configMap);
    } finally {
      await close();
    }
  });
}
