import { describe, expect, test } from 'vitest';
import { BUCKET_MS, BUCKETS } from '../defaults.ts';
import { BucketRing } from './bucket-ring.ts';

describe('BucketRing', () => {
  test('forgets a bucket when the window has passed it, and not before', () => {
    const ring = new BucketRing(1);
    ring.add(0, 0);
    expect(ring.sum(BUCKET_MS * BUCKETS - 1, 0)).toBe(1);
    expect(ring.sum(BUCKET_MS * BUCKETS, 0)).toBe(0);
  });

  test('loses nothing when nobody wrote or read for hours, and counts nothing twice', () => {
    const ring = new BucketRing(1);
    ring.add(10, 0, 5);
    const later = 5 * 3_600_000;
    expect(ring.sum(later, 0)).toBe(0);
    ring.add(later, 0, 2);
    expect(ring.sum(later, 0)).toBe(2);
  });

  test('sums the newest buckets alone if asked', () => {
    const ring = new BucketRing(1);
    ring.add(0, 0, 7);
    ring.add(5 * BUCKET_MS, 0, 3);
    expect(ring.sum(5 * BUCKET_MS, 0, 5)).toBe(3);
    expect(ring.sum(5 * BUCKET_MS, 0)).toBe(10);
  });

  test('counts into the newest bucket when the clock goes back', () => {
    const ring = new BucketRing(1);
    ring.add(3_600_000, 0);
    ring.add(0, 0);
    expect(ring.sum(3_600_000, 0)).toBe(2);
  });
});
