import { checkKnown, checkNumber, checkType } from '@resilient/core';
import { THRESHOLDS } from '../defaults.ts';

/** Values above which a metric makes the application degraded or critical. */
export interface Threshold {
  readonly degraded: number;
  /** Not less than `degraded`. */
  readonly critical: number;
}

/** The same for what is measured on requests. */
export interface RequestThreshold extends Threshold {
  /** Requests that each of the two windows must hold before the metric counts, at least 1. */
  readonly minRequests: number;
}

/** Shares of failed requests, from 0 to 1, above which the application is degraded or critical. */
export type ErrorRateThreshold = RequestThreshold;

/** What makes a status worse. `false` turns a metric off. */
export interface ThresholdOptions {
  /**
   * The share of requests that ended with 5xx, over the last 15 minutes **and** the last 75 seconds.
   * @defaultValue `{ degraded: 0.01, critical: 0.05, minRequests: 20 }`
   */
  readonly errorRate?: Partial<RequestThreshold> | false;
  /**
   * The time to the first byte that 95 of 100 requests did not exceed, over the same two windows, in milliseconds.
   * @defaultValue `{ degraded: 2_000, critical: 5_000, minRequests: 20 }`
   */
  readonly p95Ms?: Partial<RequestThreshold> | false;
  /**
   * The worse of resident memory by the container's limit (or the machine's) and heap by V8's limit, from 0 to 1.
   * @defaultValue `{ degraded: 0.7, critical: 0.9 }`
   */
  readonly memory?: Partial<Threshold> | false;
  /**
   * The worse of CPU time by the cores granted and the utilisation of the main thread's loop, from 0 to 1.
   * @defaultValue `{ degraded: 0.8, critical: 0.95 }`
   */
  readonly cpu?: Partial<Threshold> | false;
  /**
   * The delay of the event loop that 99 of 100 turns did not exceed, in milliseconds.
   * @defaultValue `{ degraded: 70, critical: 500 }`
   */
  readonly eventLoopMs?: Partial<Threshold> | false;
  /**
   * Connections in use by connections allowed, 1 while callers wait; for each `poolCheck`.
   * @defaultValue `{ degraded: 8 / 15, critical: 14 / 15 }`
   */
  readonly database?: Partial<Threshold> | false;
  /**
   * The share of a file system that is used, for each `diskCheck`, from 0 to 1.
   * @defaultValue `{ degraded: 0.8, critical: 0.95 }`
   */
  readonly disk?: Partial<Threshold> | false;
}

/** A metric that has thresholds. */
export type MetricName = keyof ThresholdOptions;

/** All thresholds with their values. */
export interface Thresholds {
  readonly errorRate: RequestThreshold | false;
  readonly p95Ms: RequestThreshold | false;
  readonly memory: Threshold | false;
  readonly cpu: Threshold | false;
  readonly eventLoopMs: Threshold | false;
  readonly database: Threshold | false;
  readonly disk: Threshold | false;
}

/** Metrics that are milliseconds; the others are shares, from 0 to 1. */
export const isInMs = (metric: MetricName): boolean => metric.endsWith('Ms');

function thresholdOf<T extends Threshold>(
  metric: MetricName,
  given: Partial<T> | false | undefined,
  defaults: T,
): T | false {
  if (given === false) return false;
  const name = `thresholds.${metric}`;
  const options: Partial<RequestThreshold> = given === undefined ? {} : given;
  checkKnown(name, checkType(name, options, 'object'), Object.keys(defaults));
  const bounds = isInMs(metric) ? {} : { max: 1 };
  const degraded = checkNumber(`${name}.degraded`, options.degraded ?? defaults.degraded, bounds);
  const critical = checkNumber(
    `${name}.critical`,
    options.critical ?? Math.max(degraded, defaults.critical),
    { min: degraded, ...bounds },
  );
  if (!('minRequests' in defaults)) return { degraded, critical } as T;
  const minRequests = checkNumber(`${name}.minRequests`, options.minRequests ?? defaults.minRequests, {
    min: 1,
    integer: true,
  });
  return { degraded, critical, minRequests } as unknown as T;
}

/**
 * Checks thresholds and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the threshold
 */
export function thresholdsOf(options: ThresholdOptions = {}): Thresholds {
  checkKnown('thresholds', options, Object.keys(THRESHOLDS));
  return {
    errorRate: thresholdOf('errorRate', options.errorRate, THRESHOLDS.errorRate),
    p95Ms: thresholdOf('p95Ms', options.p95Ms, THRESHOLDS.p95Ms),
    memory: thresholdOf('memory', options.memory, THRESHOLDS.memory),
    cpu: thresholdOf('cpu', options.cpu, THRESHOLDS.cpu),
    eventLoopMs: thresholdOf('eventLoopMs', options.eventLoopMs, THRESHOLDS.eventLoopMs),
    database: thresholdOf('database', options.database, THRESHOLDS.database),
    disk: thresholdOf('disk', options.disk, THRESHOLDS.disk),
  };
}
