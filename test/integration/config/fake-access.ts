import type { ConfigMapSourceOptions } from '@eggybyte/config';
import { FakeKubeApi } from '../../support/fake-kube-api.js';
import { waitUntil } from '../../support/wait-until.js';
import { watching } from './watching.js';

export const accessTo = (fake: FakeKubeApi, more: Partial<ConfigMapSourceOptions> = {}): ConfigMapSourceOptions => ({
  ...fake.access,
  configMap: fake.configMap,
  ...more,
});

export const put = (fake: FakeKubeApi, LEVEL: string) => fake.objects.put(fake.configMap, { data: { LEVEL } });

/** A fake that holds `LEVEL: first`, and a source that has read it. */
export async function settled(more: Partial<ConfigMapSourceOptions> = {}) {
  const fake = await FakeKubeApi.start();
  put(fake, 'first');
  const watch = watching(accessTo(fake, more));
  await watch.heard.untilText('LEVEL', 'first');
  await waitUntil(() => fake.watches === 1, { what: 'the watch' });
  const end = async () => {
    await watch.source.stop();
    await fake.stop();
  };
  return { fake, ...watch, [Symbol.asyncDispose]: end };
}

/** How often the ConfigMap was read. */
export const lists = (fake: FakeKubeApi) => fake.requests.filter(({ verb }) => verb === 'list').length;
