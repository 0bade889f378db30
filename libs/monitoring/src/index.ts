export type { DashboardOptions } from './generate/dashboard/dashboard.js';
export type { GrafanaDashboard, GrafanaPanel, GrafanaTarget } from './generate/dashboard/grafana.js';
export { grafanaDashboard, metricReference, prometheusRules, rulesYaml } from './generate/generators.js';
export type { AlertingRule, AlertSeverity, RecordingRule, RuleGroup } from './generate/rules/rule.js';
export type { RulesOptions } from './generate/rules/rules.js';
export type { ServiceGoals } from './generate/service-goals.js';
export type { FailureReason } from './health/failure-reason.js';
export type { HealthRegistryOptions } from './health/health.options.js';
export type { CheckState, CheckStatus, HealthEvent, HealthListener } from './health/health-events.js';
export { HealthRegistry } from './health/health-registry.js';
export { fromTerminus, type TerminusIndicator } from './health/terminus-checker.js';
export {
  CheckHangsError,
  CheckNameError,
  CheckTwiceError,
  EndpointPathError,
  EndpointTwiceError,
  MonitoringListenError,
  MonitoringPortInUseError,
} from './monitoring.errors.js';
export { EggyMonitoringModule } from './monitoring.module.js';
export type { MonitoringOptions } from './monitoring.options.js';
export { type MonitoringAddress, MonitoringServer } from './server/monitoring-server.js';
export type { MonitoringServerOptions } from './server/monitoring-server.options.js';
export type { ProbeJson, ProbeJsonCheck } from './probes/probe-json.js';
