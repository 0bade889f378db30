import { bool, type ConfigShape, text } from '@eggybyte/config';

/** Where variables come from besides the environment. */
export const configVariables = {
  CONFIG_DIR: text({
    optional: true,
    description:
      'Directory with a file for each variable, such as a mounted ConfigMap or Secret; of the environment only.',
  }),
  ENABLE_K8S_CONFIG_WATCH: bool({
    default: false,
    description:
      'Whether CONFIG_DIR and the ConfigMap K8S_CONFIGMAP_NAME are watched; reloadable variables follow them.',
  }),
  K8S_NAMESPACE: text({
    optional: true,
    pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    expected: 'the name of a namespace',
    description: 'Namespace of the ConfigMap that is watched; that of the pod when not set.',
  }),
  K8S_CONFIGMAP_NAME: text({
    optional: true,
    pattern: /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
    expected: 'the name of a ConfigMap',
    description: 'ConfigMap that is watched through the API.',
  }),
  CONFIG_WATCH_OVERRIDES_ENV: bool({
    default: true,
    description: 'Whether what is watched is stronger than the environment.',
  }),
} satisfies ConfigShape;
