import { checkKnown, checkNumber } from '@resilient/core';
import { ERROR_RATE_CRITICAL, ERROR_RATE_DEGRADED, MIN_REQUESTS } from '../defaults.ts';

/** Shares of failed requests, from 0 to 1, above which the application is degraded or critical. */
export interface ErrorRateThreshold {
  readonly degraded: number;
  readonly critical: number;
  /** Requests that each window must hold before its rate counts. */
  readonly minRequests: number;
}

/** What makes a status worse. */
export interface ThresholdOptions {
  /**
   * The share of requests that ended with 5xx, over the last 15 minutes **and** the last 75 seconds.
   * @defaultValue `{ degraded: 0.01, critical: 0.05, minRequests: 20 }`
   */
  readonly errorRate?: Partial<ErrorRateThreshold>;
}

/** All thresholds with their values. */
export interface Thresholds {
  readonly errorRate: ErrorRateThreshold;
}

/**
 * Checks thresholds and fills in the defaults.
 *
 * @throws TypeError or RangeError naming the threshold
 */
export function thresholdsOf(options: ThresholdOptions = {}): Thresholds {
  checkKnown('thresholds', options, ['errorRate']);
  const given = options.errorRate ?? {};
  checkKnown('thresholds.errorRate', given, ['degraded', 'critical', 'minRequests']);
  const name = 'thresholds.errorRate';
  const degraded = checkNumber(`${name}.degraded`, given.degraded ?? ERROR_RATE_DEGRADED, { max: 1 });
  const critical = checkNumber(
    `${name}.critical`,
    given.critical ?? Math.max(degraded, ERROR_RATE_CRITICAL),
    {
      min: degraded,
      max: 1,
    },
  );
  const minRequests = checkNumber(`${name}.minRequests`, given.minRequests ?? MIN_REQUESTS, {
    min: 1,
    integer: true,
  });
  return { errorRate: { degraded, critical, minRequests } };
}
