import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BUCKET_MS, BUCKETS, OTHER } from '../defaults.ts';
import { NamedCounts } from './named-counts.ts';

const event = fc.record({
  waitMs: fc.integer({ min: 0, max: BUCKET_MS * 8 }),
  name: fc.oneof(fc.constantFrom('__proto__', 'constructor', OTHER, ''), fc.string({ maxLength: 3 })),
});

test('the sum of the counts is what was counted in the window, for any names at any time', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (events, limit) => {
      const counts = new NamedCounts(limit);
      const buckets: number[] = [];
      let now = 0;
      for (const { waitMs, name } of events) {
        now += waitMs;
        counts.add(now, name);
        buckets.push(Math.floor(now / BUCKET_MS));
      }
      const newest = Math.floor(now / BUCKET_MS);
      const expected = buckets.filter((bucket) => bucket > newest - BUCKETS).length;
      const entries = counts.entries(now);
      expect(entries.reduce((sum, [, count]) => sum + count, 0)).toBe(expected);
      expect(entries.length).toBeLessThanOrEqual(limit + 1);
      expect(new Set(entries.map(([name]) => name)).size).toBe(entries.length);
    }),
  );
});

test('the names seen last are counted exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')), (names) => {
      const counts = new NamedCounts(3);
      for (const name of names) counts.add(0, name);
      const kept = new Map(counts.entries(0));
      // Walk back until three different names were seen: each of them is known by name.
      const recent = [...new Set([...names].reverse())].slice(0, 3);
      for (const name of recent) expect(kept.get(name)).toBeGreaterThan(0);
    }),
  );
});
