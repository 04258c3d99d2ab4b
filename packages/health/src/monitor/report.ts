import type { AlertSource } from '../alerts/alert-source.ts';
import { dedupKeyOf } from '../alerts/notice.ts';
import type { CheckBoard } from '../checks/check-board.ts';
import { asRecord } from '../counting/as-record.ts';
import type { FingerprintRecord } from '../counting/fingerprint-record.ts';
import type { FleetSummary } from '../fleet/fleet-summary.ts';
import type { MetricState } from '../status/metric-board.ts';
import type { ErrorRecorder } from './error-recorder.ts';
import type { EventLedger } from './event-ledger.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { MonitorSettings } from './options.ts';
import type { RequestRecorder } from './request-recorder.ts';
import type {
  ErrorSummary,
  HealthReport,
  ReportedAlert,
  ReportedCheck,
  ReportedError,
  Resources,
} from './types.ts';

/** Sorts of errors shown. */
const TOP = 20;

/** What a report is made of. */
export interface ReportParts {
  readonly settings: MonitorSettings;
  readonly lifecycle: Lifecycle;
  readonly summary: ErrorSummary;
  readonly errors: ErrorRecorder;
  readonly requests: RequestRecorder;
  readonly events: EventLedger;
  readonly checks: CheckBoard;
  readonly metrics: readonly MetricState[];
  readonly alerts: readonly { readonly source: AlertSource; readonly firedAt: number }[];
  readonly resources: Resources;
  /** All instances, where a store is shared. */
  readonly fleet: FleetSummary | undefined;
  /** Wall time of the start. */
  readonly startedAt: number;
  /** Monotonic time of the start. */
  readonly bornAt: number;
}

function reportedError(record: FingerprintRecord): ReportedError {
  const { key, type, code, message, frame, route, count, firstSeenAt, lastSeenAt } = record;
  return {
    key,
    type,
    ...(code === undefined ? {} : { code }),
    message,
    ...(frame === undefined ? {} : { frame }),
    ...(route === undefined ? {} : { route }),
    count,
    firstSeenAt: new Date(firstSeenAt),
    lastSeenAt: new Date(lastSeenAt),
  };
}

function reportedAlerts({ alerts, settings }: ReportParts): ReportedAlert[] {
  const { clock, name } = settings;
  return alerts.map(({ source, firedAt }) => ({
    ...source.facts(),
    rule: source.rule,
    key: source.key,
    dedupKey: dedupKeyOf(name, source),
    severity: source.severity,
    total: source.total,
    firedAt: new Date(clock.epochNow() - (clock.now() - firedAt)),
  }));
}

function reportedChecks(checks: CheckBoard): Record<string, ReportedCheck> {
  return Object.fromEntries(
    checks.runners.map((runner) => {
      const { at, ...state } = runner.state();
      const { required, shared } = runner.check;
      return [
        runner.check.name,
        { required, shared, ...state, ...(at === undefined ? {} : { at: new Date(at) }) },
      ];
    }),
  );
}

/** Puts everything together that the monitor knows. */
export function reportOf(parts: ReportParts): HealthReport {
  const { settings, errors, events, summary } = parts;
  return {
    name: settings.name,
    ...(settings.release === undefined ? {} : { release: settings.release }),
    instance: settings.instance,
    status: summary.status,
    lifecycle: parts.lifecycle,
    startedAt: new Date(parts.startedAt),
    uptimeMs: Math.round(settings.clock.now() - parts.bornAt),
    summary,
    thresholds: settings.thresholds,
    metrics: parts.metrics,
    p95Ms: parts.requests.p95Ms(),
    checks: reportedChecks(parts.checks),
    breakers: events.states('breaker'),
    pools: events.states('pool'),
    events: asRecord(events.counts()),
    routes: asRecord(parts.requests.routes()),
    alerts: reportedAlerts(parts),
    topErrors: errors.top(TOP).map(reportedError),
    resources: parts.resources,
    bounds: errors.bounds,
    unhandled: errors.unhandled,
    ...(parts.fleet === undefined ? {} : { fleet: parts.fleet }),
  };
}
