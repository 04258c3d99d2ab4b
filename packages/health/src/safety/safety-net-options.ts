import {
  checkDuration,
  checkKnown,
  checkNumber,
  checkOneOf,
  checkType,
  type Logger,
  loggerOf,
  refuse,
} from '@resilient/core';
import { DRAIN_TIMEOUT_MS, FATAL_DRAIN_TIMEOUT_MS, HOOK_TIMEOUT_MS } from '../defaults.ts';
import { healthMonitor } from '../monitor/default-monitor.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { checkReporter, type ErrorReporter } from '../reporting/error-reporter.ts';
import type { DrainableServer } from './open-requests.ts';

/** What can be said of a safety net. */
export interface SafetyNetOptions {
  /** @defaultValue the process's default monitor */
  readonly monitor?: HealthMonitor;
  /** @defaultValue the monitor's */
  readonly logger?: Logger;
  /** Servers to drain, such as `app.server` of fastify; more can come with `addServer`. @defaultValue `[]` */
  readonly servers?: readonly DrainableServer[];
  /** Told once of an error that nobody caught, before the drain; what it throws is logged. */
  readonly onFatal?: (error: unknown) => unknown;
  /**
   * Told of each error that nobody caught, once, such as `sentryReporter(Sentry)`, and flushed at the end of a drain,
   * for 2 s at most. With `fatal: 'exit'` there is no drain, and so no flush.
   */
  readonly report?: ErrorReporter;
  /**
   * After an error that nobody caught: `'drain'` answers what is open and exits 1; `'exit'` leaves the exit to Node.
   * @defaultValue `'drain'`
   */
  readonly fatal?: 'drain' | 'exit';
  /**
   * How long to go on serving after readiness says 503 on SIGTERM, in milliseconds. SIGINT never waits.
   * @defaultValue `5_000` in production, else `0`
   */
  readonly drainDelayMs?: number;
  /** A whole drain on a signal, in milliseconds. @defaultValue `25_000` (Kubernetes gives 30 s) */
  readonly drainTimeoutMs?: number;
  /** A whole drain after an error that nobody caught, in milliseconds. @defaultValue `10_000` */
  readonly fatalDrainTimeoutMs?: number;
  /** One `onShutdown` hook, in milliseconds. @defaultValue `5_000` */
  readonly hookTimeoutMs?: number;
}

/** The same, checked and complete. */
export interface SafetyNetSettings {
  readonly monitor: HealthMonitor;
  readonly logger: Logger;
  readonly servers: readonly DrainableServer[];
  readonly onFatal: ((error: unknown) => unknown) | undefined;
  readonly report: ErrorReporter | undefined;
  readonly fatal: 'drain' | 'exit';
  readonly drainDelayMs: number | undefined;
  readonly drainTimeoutMs: number;
  readonly fatalDrainTimeoutMs: number;
  readonly hookTimeoutMs: number;
}

const KNOWN = [
  'monitor',
  'logger',
  'servers',
  'onFatal',
  'report',
  'fatal',
  'drainDelayMs',
  'drainTimeoutMs',
  'fatalDrainTimeoutMs',
  'hookTimeoutMs',
];

/** Answers `server` if it can be drained. @throws TypeError if it cannot */
export function checkServer(server: unknown): DrainableServer {
  const candidate = server as DrainableServer | null;
  if (typeof candidate?.close !== 'function' || typeof candidate.closeAllConnections !== 'function') {
    throw refuse('servers', 'http servers of Node (of fastify: `app.server`)', server);
  }
  return candidate;
}

/**
 * Checks the options of a safety net.
 *
 * @throws TypeError or RangeError naming the option
 */
export function safetyNetSettings(options: SafetyNetOptions): SafetyNetSettings {
  checkKnown('installSafetyNet', options, KNOWN);
  const { monitor = healthMonitor, servers = [], onFatal, drainDelayMs } = options;
  if (typeof monitor?.recordError !== 'function')
    throw refuse('monitor', 'a monitor of createHealthMonitor', monitor);
  if (!Array.isArray(servers)) throw refuse('servers', 'an array of servers', servers);
  if (onFatal !== undefined) checkType('onFatal', onFatal, 'function');
  if (drainDelayMs !== undefined) checkNumber('drainDelayMs', drainDelayMs);
  return {
    monitor,
    logger: options.logger === undefined ? monitor.logger : loggerOf(options.logger),
    servers: servers.map(checkServer),
    onFatal,
    report: checkReporter(options.report),
    fatal: checkOneOf('fatal', options.fatal ?? 'drain', ['drain', 'exit']),
    drainDelayMs,
    drainTimeoutMs: checkDuration('drainTimeoutMs', options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS),
    fatalDrainTimeoutMs: checkDuration(
      'fatalDrainTimeoutMs',
      options.fatalDrainTimeoutMs ?? FATAL_DRAIN_TIMEOUT_MS,
    ),
    hookTimeoutMs: checkDuration('hookTimeoutMs', options.hookTimeoutMs ?? HOOK_TIMEOUT_MS),
  };
}
