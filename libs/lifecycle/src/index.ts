export {
  type BackgroundService,
  Initializer,
  type InitializerOptions,
  type OnDrain,
  Service,
  type ServiceOptions,
} from './contracts.js';
export { type Deadline, withDeadline } from './deadline.js';
export { discoverProviders, type DiscoveredProvider } from './nest/discover-providers.js';
export type { DrainableServer } from './drainable-server.js';
export {
  type CreatedProvider,
  type LauncherEvent,
  LauncherEvents,
  type LauncherListener,
  type OpenPhase,
  type Phase,
} from './launcher-events.js';
export type { LauncherState } from './launcher-state.js';
export { logLauncherEvents } from './launcher-log.js';
export { Launcher } from './launcher.js';
export type { LauncherOptions } from './launcher.options.js';
export {
  HookFailedError,
  InitializerFailedError,
  LifecycleTwiceError,
  ProviderScopeError,
  RequestsCutError,
  ServiceFailedError,
  StartInterruptedError,
  StepTimeoutError,
  TooLateError,
  WrongTransitionError,
} from './lifecycle.errors.js';
export { EggyLifecycleModule, type LifecycleModuleOptions } from './lifecycle.module.js';
export { type ProcessEvents, ProcessGuard } from './process-guard.js';
export { type StartupReport, StartupTimeline, type TimelineStep } from './startup-timeline.js';
export { Waits, waitingOn } from './waits.js';
