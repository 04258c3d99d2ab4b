import { FLEET_BOUNDS_S } from '../defaults.ts';

/** Buckets there are: one for each bound, and one for what is above all of them. */
export const DURATION_BUCKETS: number = FLEET_BOUNDS_S.length + 1;

/** The bucket of a duration in milliseconds; what is no duration counts as 0. */
export function durationBucket(durationMs: number): number {
  const seconds = Number.isFinite(durationMs) ? durationMs / 1_000 : 0;
  const bucket = FLEET_BOUNDS_S.findIndex((bound) => seconds <= bound);
  return bucket < 0 ? FLEET_BOUNDS_S.length : bucket;
}

/**
 * What a share `q` of all durations did not exceed, in milliseconds; 0 if there are none. Durations are taken to lie
 * evenly in their bucket, and those above all bounds at the last one, as Prometheus' `histogram_quantile` does.
 */
export function quantileMs(counts: readonly number[], q: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  const rank = q * total;
  let below = 0;
  for (const [bucket, upper] of FLEET_BOUNDS_S.entries()) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = FLEET_BOUNDS_S[bucket - 1] ?? 0;
      return (lower + (upper - lower) * ((rank - below) / count)) * 1_000;
    }
    below += count;
  }
  return (FLEET_BOUNDS_S.at(-1) ?? 0) * 1_000;
}
