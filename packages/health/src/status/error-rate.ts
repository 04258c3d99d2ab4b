import type { BucketRing } from '../counting/bucket-ring.ts';
import { RECENT_BUCKETS } from '../defaults.ts';
import { percent, type Reading } from './reading.ts';

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

/** The rate that both windows exceed; 0 where one of them has not enough requests to mean anything. */
export function readErrorRate(ring: BucketRing, now: number, minRequests: number): Reading {
  const long = rateWindow(ring, now);
  const recent = rateWindow(ring, now, RECENT_BUCKETS);
  const isEnough = Math.min(long.requests, recent.requests) >= minRequests;
  return {
    value: isEnough ? Math.min(long.rate, recent.rate) : 0,
    said: `${percent(long.rate)} of the requests of the last 15 minutes and ${percent(recent.rate)} of the last 75 seconds failed`,
  };
}
