import { DURATION_BUCKETS, durationBucket } from './duration-buckets.ts';

/** How many of these durations, in milliseconds, are in each bucket. */
export const countsOf = (durations: readonly number[]): number[] => {
  const counts = new Array<number>(DURATION_BUCKETS).fill(0);
  for (const duration of durations) {
    const bucket = durationBucket(duration);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
};
