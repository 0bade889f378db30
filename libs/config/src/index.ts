export { bool, int, number, port, type RangeOptions } from './number-fields.js';
export {
  type AnyConfigClass,
  type Config,
  type ConfigChange,
  type ConfigClass,
  configClass,
  type LoadedConfig,
  withVariables,
} from './config-class.js';
export type { ConfigFacts } from './config-facts.js';
export { EggyConfigModule, type ConfigModuleOptions, type LoadedConfigModuleOptions } from './config.module.js';
export type { ConfigProblem, ConfigWarning } from './config-problem.js';
export { ConfigEndpoint, type ConfigReport, type VariableReport } from './config-endpoint.js';
export { configTable, type ConfigReferenceRow, describeConfig } from './config-reference.js';
export {
  type ConfigInput,
  type ConfigShape,
  type ConfigValues,
  mergeShapes,
  type WithoutNamesOf,
} from './config-shape.js';
export {
  ConfigInvalidError,
  ConfigNameClashError,
  ConfigNotLoadedError,
  ConfigReadOnlyError,
  ConfigUnknownError,
} from './config.errors.js';
export { custom, type CustomOptions } from './custom-field.js';
export type {
  ComputedField,
  Field,
  FieldBuilder,
  FieldOptions,
  OptionalField,
  PresentField,
  RequiredField,
} from './field.js';
export { envExample } from './generate/env-example.js';
export { configJsonSchema, type JsonSchema } from './generate/json-schema.js';
export {
  configMapManifest,
  type ManifestOptions,
  secretManifest,
  watchRoleManifest,
  type WatchRoleOptions,
} from './generate/manifests.js';
export { list, type ListOptions } from './list-field.js';
export { type ConfigRule, loadConfig, type LoadConfigOptions } from './load-config.js';
export type { Provenance } from './provenance.js';
export { ConfigReload, type ConfigReloadOptions } from './reload/config-reload.js';
export type { ReloadEvent, ReloadListener } from './reload/reload-events.js';
export { addReloadMetrics } from './reload/reload-metrics.js';
export type { SourceReport } from './reload/watched-state.js';
export { reloadable } from './reloadable.js';
export { announceConfig, getConfig, runWithConfig } from './running-configs.js';
export { Secret } from './secret.js';
export { bytes, type Size } from './size.js';
export { oneOf, secret, text, type TextOptions, url, type UrlOptions } from './text-fields.js';
export { duration, type DurationOptions, size, type SizeOptions } from './unit-fields.js';
export { DirectorySource, type DirectorySourceOptions } from './watch/directory-source.js';
export { ConfigMapSource } from './watch/kubernetes/config-map-source.js';
export type { ConfigMapSourceOptions } from './watch/kubernetes/config-map-options.js';
export { ValueFilesSource, type ValueFilesSourceOptions } from './watch/value-files-source.js';
export type { SourceListener, SourceTexts, SourceTrouble, WatchedSource } from './watch/watched-source.js';
