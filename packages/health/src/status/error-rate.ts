import type { BucketRing } from '../counting/bucket-ring.ts';
import { RECENT_BUCKETS } from '../defaults.ts';
import type { ErrorRateThreshold } from './thresholds.ts';

/** Requests and failures of one window. */
export interface RateWindow {
  readonly requests: number;
  readonly failures: number;
  /** Failures by requests, 0 if there were none. */
  readonly rate: number;
}

/** Columns of the ring of requests. */
export const REQUESTS = 0;
export const FAILURES = 1;

/** The rate of the newest `buckets` buckets. */
export function rateWindow(ring: BucketRing, now: number, buckets?: number): RateWindow {
  const requests = ring.sum(now, REQUESTS, buckets);
  const failures = ring.sum(now, FAILURES, buckets);
  return { requests, failures, rate: requests === 0 ? 0 : failures / requests };
}

/** What the error rate alone says, with the reason in words. */
export interface RateVerdict {
  readonly status: 'healthy' | 'degraded' | 'critical';
  readonly reason?: string;
}

const percent = (rate: number): string => `${Number((rate * 100).toFixed(1))} %`;

/** Judges the rate: both windows must be above a threshold, with enough requests in each to mean anything. */
export function judgeErrorRate(ring: BucketRing, now: number, threshold: ErrorRateThreshold): RateVerdict {
  const long = rateWindow(ring, now);
  const recent = rateWindow(ring, now, RECENT_BUCKETS);
  if (Math.min(long.requests, recent.requests) < threshold.minRequests) return { status: 'healthy' };
  const both = Math.min(long.rate, recent.rate);
  const status = both > threshold.critical ? 'critical' : both > threshold.degraded ? 'degraded' : 'healthy';
  if (status === 'healthy') return { status };
  const said = `${percent(long.rate)} of the requests of the last 15 minutes and ${percent(recent.rate)} of the last 75 seconds failed`;
  return { status, reason: `${said} (${status} above ${percent(threshold[status])})` };
}
