/**
 * Knows how the application is, says it to people and machines, and catches what nobody caught.
 *
 * @module
 */
export type { AlertFacts, AlertRule } from './alerts/alert-source.ts';
export type { AlertSeverity } from './alerts/alert-state.ts';
export type { AlertStore, SharedAlert, SharedDecision } from './alerts/alert-store.ts';
export { type AlertMail, type EmailSinkOptions, emailSink, type MailTransport } from './alerts/email-sink.ts';
export { logSink } from './alerts/log-sink.ts';
export type { AlertNotice } from './alerts/notice.ts';
export type { AlertOptions } from './alerts/options.ts';
export { type SentryAlertEvent, type SentryLike, sentrySink } from './alerts/sentry-sink.ts';
export type { AlertSink, SinkContext } from './alerts/sink.ts';
export { type WebhookSinkOptions, webhookSink } from './alerts/webhook-sink.ts';
export { type BreakerCheckOptions, breakerCheck } from './checks/breaker-check.ts';
export type { CheckResult, CheckWord } from './checks/check-result.ts';
export { type CheckableDatabase, type DatabaseCheckOptions, databaseCheck } from './checks/database-check.ts';
export { type CheckOptions, defineCheck, type HealthCheck, type Probe } from './checks/define-check.ts';
export { type DiskCheckOptions, type DiskFigures, diskCheck } from './checks/disk-check.ts';
export { type HttpCheckOptions, httpCheck } from './checks/http-check.ts';
export {
  type CheckablePool,
  type PoolCheckOptions,
  type PoolFigures,
  poolCheck,
} from './checks/pool-check.ts';
export type { AccessOptions } from './endpoints/access.ts';
export {
  createHealthHandler,
  type HealthHandler,
  type HealthHandlerOptions,
} from './endpoints/health-handler.ts';
export type {
  FleetHour,
  FleetStore,
  FleetWrite,
  InstanceState,
  StoredInstance,
} from './fleet/fleet-store.ts';
export type { FleetInstance, FleetSummary } from './fleet/fleet-summary.ts';
export type { MetricsRegistry } from './metrics/prom-client.ts';
export { createHealthMonitor } from './monitor/create-health-monitor.ts';
export { healthMonitor, logUnhandledException, setDefaultMonitor } from './monitor/default-monitor.ts';
export type { HistoryPoint } from './monitor/history.ts';
export type { Lifecycle } from './monitor/lifecycle.ts';
export type { HealthMonitorOptions } from './monitor/options.ts';
export type { DurationTotal, MonitorTotals, RequestListener, RequestTotal } from './monitor/totals.ts';
export type {
  ErrorContext,
  ErrorSummary,
  HealthMonitor,
  HealthReport,
  ProbeAnswer,
  ReportedAlert,
  ReportedCheck,
  ReportedError,
  RequestFacts,
  Resources,
} from './monitor/types.ts';
export type { PageFacts, PageTemplate } from './pages/error-page.ts';
export type { ErrorReporter, ReportContext } from './reporting/error-reporter.ts';
export { type SentryErrors, type SentryHint, sentryReporter } from './reporting/sentry-reporter.ts';
export type { ShutdownHook } from './safety/drain.ts';
export { installSafetyNet, type SafetyNet } from './safety/install-safety-net.ts';
export type { DrainableServer } from './safety/open-requests.ts';
export type { SafetyNetOptions } from './safety/safety-net-options.ts';
export type { HardenServerOptions } from './server/harden-options.ts';
export { hardenServer } from './server/harden-server.ts';
export type { HealthStatus } from './status/level.ts';
export type { MetricState } from './status/metric-board.ts';
export type { SamplingOptions } from './status/sampling.ts';
export type {
  ErrorRateThreshold,
  MetricName,
  RequestThreshold,
  Threshold,
  ThresholdOptions,
  Thresholds,
} from './status/thresholds.ts';
export { supervise } from './supervise/supervise.ts';
export type { SuperviseOptions } from './supervise/supervise-options.ts';
