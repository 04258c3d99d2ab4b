import type { Clock, Logger, ResilienceEvent } from '@resilient/core';
import type { AlertFacts, AlertRule } from '../alerts/alert-source.ts';
import type { AlertSeverity } from '../alerts/alert-state.ts';
import type { CheckWord } from '../checks/check-result.ts';
import type { CheckState } from '../checks/check-runner.ts';
import type { FleetSummary } from '../fleet/fleet-summary.ts';
import type { HealthStatus } from '../status/level.ts';
import type { MetricState } from '../status/metric-board.ts';
import type { Thresholds } from '../status/thresholds.ts';
import type { HistoryPoint } from './history.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { MonitorTotals } from './totals.ts';

/** What may be said of an error that is recorded. */
export interface ErrorContext {
  /** The template of the route, such as `/users/:id`; never the path itself. */
  readonly route?: string;
  /** Whether somebody dealt with it. @defaultValue `true` */
  readonly handled?: boolean;
}

/** One request that was answered. */
export interface RequestFacts {
  /** The template of the route; absent or empty counts as `_unmatched`. */
  readonly route?: string;
  /** The status of the answer; 500 and more is a failure. */
  readonly status: number;
  /** Time to the first byte, in milliseconds. */
  readonly durationMs: number;
}

/** How the application is, in short. */
export interface ErrorSummary {
  readonly status: HealthStatus;
  /** Errors recorded in the window. */
  readonly totalErrors: number;
  /** The same by type, greatest first; the sum of the values is `totalErrors`. An object without a prototype. */
  readonly errorsByType: Readonly<Record<string, number>>;
  readonly timeWindow: 'Last 15 minutes';
  /** Failed requests by requests, from 0 to 1; 0 without requests. */
  readonly errorRate: number;
  /** Requests recorded in the window. */
  readonly requests: number;
  /** Why it is not healthy, in words. */
  readonly reasons: readonly string[];
}

/** One sort of error in the report. */
export interface ReportedError {
  readonly key: string;
  readonly type: string;
  readonly code?: string;
  /** Masked. */
  readonly message: string;
  readonly frame?: string;
  readonly route?: string;
  /** Since it was first seen. */
  readonly count: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/** One check in the report. */
export interface ReportedCheck extends Omit<CheckState, 'at'> {
  readonly required: boolean;
  readonly shared: boolean;
  readonly at?: Date;
}

/** One alert that fires. */
export interface ReportedAlert extends AlertFacts {
  readonly rule: AlertRule;
  /** The fingerprint, metric or check that it is about. */
  readonly key: string;
  /** Service, rule and key: the same on every instance and after a restart. */
  readonly dedupKey: string;
  readonly severity: AlertSeverity;
  /** How often it has happened in all. */
  readonly total: number;
  readonly firedAt: Date;
}

/** What the process uses: memory as it is now, the rest of the last sample. */
export interface Resources {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  /** What the process may use: the container's limit, else the machine's memory. */
  readonly memoryLimitBytes: number;
  /** CPU time by the cores granted, from 0 to 1. */
  readonly cpuShare: number;
  /** Share of the time the main thread was busy, from 0 to 1. */
  readonly eventLoopUtilization: number;
  /** The p99 of the delay of the event loop, in milliseconds. */
  readonly eventLoopDelayMs: number;
}

/** Everything that the monitor knows. */
export interface HealthReport {
  readonly name: string;
  readonly release?: string;
  readonly instance: string;
  readonly status: HealthStatus;
  readonly lifecycle: Lifecycle;
  readonly startedAt: Date;
  readonly uptimeMs: number;
  readonly summary: ErrorSummary;
  readonly thresholds: Thresholds;
  /** What is measured, with values, thresholds and levels. */
  readonly metrics: readonly MetricState[];
  /** What 95 of 100 requests of the last 15 minutes did not exceed, in milliseconds; 0 without requests. */
  readonly p95Ms: number;
  readonly checks: Readonly<Record<string, ReportedCheck>>;
  readonly breakers: readonly (ResilienceEvent & { kind: 'breaker' })[];
  readonly pools: readonly (ResilienceEvent & { kind: 'pool' })[];
  /** What core's events told in the last 15 minutes, such as `retry` or `commit.failed`. */
  readonly events: Readonly<Record<string, number>>;
  readonly routes: Readonly<Record<string, number>>;
  /** The alerts that fire now. */
  readonly alerts: readonly ReportedAlert[];
  /** The 20 sorts of errors that came most often. */
  readonly topErrors: readonly ReportedError[];
  readonly resources: Resources;
  /** Names that had to give way, alerts that found no place, and errors of the monitor itself. */
  readonly bounds: {
    readonly types: number;
    readonly fingerprints: number;
    readonly alerts: number;
    readonly selfErrors: number;
  };
  /** Errors that nobody had caught, since the start. */
  readonly unhandled: number;
  /** All instances as they were last known, where the monitor was given a `fleet`. */
  readonly fleet?: FleetSummary;
}

/** What a probe answers, without HTTP. */
export interface ProbeAnswer {
  readonly code: 200 | 503;
  readonly status: 'ok' | 'degraded' | 'critical' | 'starting' | 'draining' | 'down' | 'broken';
  /** One word a check. */
  readonly checks: Readonly<Record<string, CheckWord>>;
}

/** Knows, at every moment, how the application is. Made by `createHealthMonitor`. */
export interface HealthMonitor extends AsyncDisposable {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  /**
   * Counts an error, whatever was thrown; never throws. Answers `false` for one that was counted before, itself or in
   * its `cause` chain.
   */
  recordError(error: unknown, context?: ErrorContext): boolean;
  /** Counts a request that was answered; never throws. */
  recordRequest(request: RequestFacts): void;
  getErrorSummary(): ErrorSummary;
  getReport(): HealthReport;
  /**
   * How all instances of the service are together, of the last 15 minutes: sums of counts over those that live,
   * quantiles from sums of buckets, the worst status. Answers within 1 s, with what is known where the shared store
   * does not answer (`store: 'down'`); without `fleet` it is this instance alone. Never rejects.
   */
  getFleetSummary(): Promise<FleetSummary>;
  /** What was counted since the start, for `/metrics`. */
  readonly totals: MonitorTotals;
  /** The last 15 minutes in points of 5 s, oldest first. */
  getHistory(): readonly HistoryPoint[];
  /** Says that migrations and caches are done: until then readiness is 503 `starting`. */
  started(): void;
  /** Says that only a restart helps: liveness is 503 from now on. */
  declareBroken(reason: string): void;
  /** Says that the process is about to end: readiness is 503 `draining` from now on, liveness stays. */
  startDraining(): void;
  /** Answers a probe; `health` and `ready` ask checks whose result is older than their `ttlMs`, for at most 600 ms. */
  probe(which: 'health' | 'live' | 'ready'): Promise<ProbeAnswer>;
  /** Writes to the fleet store what it has not got yet, within 1 s: what a drain does before it closes databases. */
  flush(): Promise<void>;
  /** Stops timers and listeners, and sends the alerts that wait, within 2 s. */
  close(): Promise<void>;
}
