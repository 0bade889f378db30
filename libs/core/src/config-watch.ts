import {
  addReloadMetrics,
  ConfigMapSource,
  ConfigReload,
  DirectorySource,
  ValueFilesSource,
  type WatchedSource,
} from '@eggybyte/config';
import { LogLevels } from '@eggybyte/logging';
import type { CoreConfig } from './eggy-config.js';
import type { EggyRuntime } from './runtime.js';

type Surrounded = Pick<EggyRuntime, 'config' | 'env' | 'logger' | 'metrics' | 'traits'>;

/** What keeps the configuration of an application up to date, and what follows its changes. Watches nothing yet. */
export function watchConfig({ config, env, logger, metrics, traits }: Surrounded): ConfigReload {
  config.watch('LOG_LEVEL', (level) => LogLevels.of(logger).configure(level));
  const overrideEnv = config.CONFIG_WATCH_OVERRIDES_ENV;
  const sources = config.ENABLE_K8S_CONFIG_WATCH ? sourcesOf(config, env, traits.inKubernetes) : [];
  // Whoever hands a secret over by a file expects a new one to be read.
  const files = new ValueFilesSource(config);
  if (!files.isEmpty) sources.push(files);
  const reload = new ConfigReload(config, { sources, overrideEnv });
  addReloadMetrics(metrics, reload);
  return reload;
}

/** The API tells of a change at once, a mounted directory a minute later; so it is the stronger one. */
function sourcesOf(
  { CONFIG_DIR: directory, K8S_CONFIGMAP_NAME: configMap, K8S_NAMESPACE: namespace }: CoreConfig,
  env: EggyRuntime['env'],
  inKubernetes: boolean,
): WatchedSource[] {
  const sources: WatchedSource[] = [];
  if (configMap !== undefined) {
    const host = env['KUBERNETES_SERVICE_HOST'];
    const port = env['KUBERNETES_SERVICE_PORT'];
    sources.push(
      new ConfigMapSource({ configMap, namespace, host, port: port === undefined ? undefined : Number(port) }),
    );
  }
  if (directory !== undefined) sources.push(new DirectorySource({ directory, expectAtomic: inKubernetes }));
  return sources;
}
