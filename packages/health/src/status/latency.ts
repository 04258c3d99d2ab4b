import type { BucketRing } from '../counting/bucket-ring.ts';
import type { LatencyRing } from '../counting/latency-ring.ts';
import { RECENT_BUCKETS } from '../defaults.ts';
import { REQUESTS } from './error-rate.ts';
import type { Reading } from './reading.ts';
import type { RequestThreshold } from './thresholds.ts';

/**
 * The p95 that both windows exceed; 0 where one of them has not enough requests. The long one, which costs 1.6 ms to
 * put together, is asked only where the short one is high enough to matter.
 */
export function readLatency(
  latencies: LatencyRing,
  ring: BucketRing,
  now: number,
  threshold: RequestThreshold,
): Reading {
  const recentRequests = ring.sum(now, REQUESTS, RECENT_BUCKETS);
  if (recentRequests < threshold.minRequests) return { value: 0, said: 'too few requests for a p95' };
  const recent = latencies.p95(now, RECENT_BUCKETS);
  const matters = recent > threshold.degraded / 2;
  const long = matters ? latencies.p95(now) : recent;
  return {
    value: Math.min(long, recent),
    said: `95 of 100 requests of the last 15 minutes were answered within ${Math.round(long)} ms, of the last 75 seconds within ${Math.round(recent)} ms`,
  };
}
