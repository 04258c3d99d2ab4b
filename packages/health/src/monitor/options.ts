import { hostname } from 'node:os';
import {
  type Clock,
  checkDuration,
  checkKnown,
  checkType,
  type Logger,
  loggerOf,
  refuse,
  systemClock,
} from '@resilient/core';
import { type AlertOptions, type AlertSettings, alertSettings } from '../alerts/options.ts';
import type { HealthCheck } from '../checks/define-check.ts';
import { checkFleetStore } from '../fleet/check-fleet-store.ts';
import type { FleetStore } from '../fleet/fleet-store.ts';
import { type Sampling, type SamplingOptions, samplingOf } from '../status/sampling.ts';
import { type ThresholdOptions, type Thresholds, thresholdsOf } from '../status/thresholds.ts';

/** What a monitor is made with. */
export interface HealthMonitorOptions {
  /** Name of the service, in alerts and the report. @defaultValue `'application'` */
  readonly name?: string;
  /** Release that runs, such as a commit; shown in the report. */
  readonly release?: string;
  /**
   * Which of several processes this is; shown in the report. @defaultValue `'pid ' + process.pid`, with the name of the
   * host before it where there is a `fleet`: in containers every process is `pid 1`
   */
  readonly instance?: string;
  /** What makes the status worse. */
  readonly thresholds?: ThresholdOptions;
  /** How often the metrics are looked at, and what it takes to change the status. */
  readonly sampling?: SamplingOptions;
  /** Where alerts go beside the log. */
  readonly alerts?: AlertOptions;
  /**
   * What all instances of the service share, such as `createFleetStore(kysely)` of `@resilient/health/kysely`: the view
   * of all of them, the hours, and who of them sends an alert. @defaultValue none: this process alone
   */
  readonly fleet?: FleetStore;
  /** Made by `defineCheck`; they begin to run at once. @defaultValue `[]` */
  readonly checks?: readonly HealthCheck[];
  /**
   * After how many milliseconds of failure a required, private check that names `live` among its probes makes
   * liveness fail. @defaultValue never
   */
  readonly liveness?: { readonly brokenForMs: number };
  /** @defaultValue core's shared pino logger */
  readonly logger?: Logger;
  /** @defaultValue `systemClock` */
  readonly clock?: Clock;
}

/** The same, checked and complete. */
export interface MonitorSettings {
  readonly name: string;
  readonly release: string | undefined;
  readonly instance: string;
  readonly thresholds: Thresholds;
  readonly sampling: Sampling;
  readonly alerts: AlertSettings;
  readonly fleet: FleetStore | undefined;
  readonly checks: readonly HealthCheck[];
  readonly brokenForMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
}

const KNOWN = [
  'name',
  'release',
  'instance',
  'thresholds',
  'sampling',
  'alerts',
  'fleet',
  'checks',
  'liveness',
  'logger',
  'clock',
];

/**
 * Checks the options of a monitor and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the option
 */
export function monitorSettings(options: HealthMonitorOptions): MonitorSettings {
  checkKnown('createHealthMonitor', options, KNOWN);
  const { name = 'application', clock = systemClock, checks = [] } = options;
  const fleet = options.fleet === undefined ? undefined : checkFleetStore(options.fleet);
  const { instance = `${fleet === undefined ? '' : `${hostname()} `}pid ${process.pid}` } = options;
  if (typeof name !== 'string' || name === '') throw refuse('name', 'a non-empty string', name);
  checkType('instance', instance, 'string');
  if (options.release !== undefined) checkType('release', options.release, 'string');
  if (options.liveness !== undefined) checkKnown('liveness', options.liveness, ['brokenForMs']);
  if (typeof clock?.now !== 'function' || typeof clock.setTimer !== 'function')
    throw refuse('clock', 'a Clock', clock);
  const logger = loggerOf(options.logger).child({ component: 'health' });
  return {
    name,
    instance,
    release: options.release,
    thresholds: thresholdsOf(options.thresholds),
    sampling: samplingOf(options.sampling),
    alerts: alertSettings(options.alerts, logger, fleet),
    fleet,
    checks,
    brokenForMs:
      options.liveness === undefined
        ? Infinity
        : checkDuration('liveness.brokenForMs', options.liveness.brokenForMs),
    logger,
    clock,
  };
}
