/**
 * Knows how the application is, says it to people and machines, and catches what nobody caught.
 *
 * @module
 */
export type { CheckResult, CheckWord } from './checks/check-result.ts';
export { type CheckableDatabase, type DatabaseCheckOptions, databaseCheck } from './checks/database-check.ts';
export { type CheckOptions, defineCheck, type HealthCheck, type Probe } from './checks/define-check.ts';
export type { AccessOptions } from './endpoints/access.ts';
export {
  createHealthHandler,
  type HealthHandler,
  type HealthHandlerOptions,
} from './endpoints/health-handler.ts';
export { createHealthMonitor } from './monitor/create-health-monitor.ts';
export { healthMonitor, logUnhandledException, setDefaultMonitor } from './monitor/default-monitor.ts';
export type { HealthMonitorOptions } from './monitor/options.ts';
export type {
  ErrorContext,
  ErrorSummary,
  HealthMonitor,
  HealthReport,
  HealthStatus,
  Lifecycle,
  ProbeAnswer,
  ReportedCheck,
  ReportedError,
  RequestFacts,
  Resources,
} from './monitor/types.ts';
export type { PageFacts, PageTemplate } from './pages/error-page.ts';
export type { ShutdownHook } from './safety/drain.ts';
export { installSafetyNet, type SafetyNet } from './safety/install-safety-net.ts';
export type { DrainableServer } from './safety/open-requests.ts';
export type { SafetyNetOptions } from './safety/safety-net-options.ts';
export type { ErrorRateThreshold, ThresholdOptions, Thresholds } from './status/thresholds.ts';
export { supervise } from './supervise/supervise.ts';
export type { SuperviseOptions } from './supervise/supervise-options.ts';
