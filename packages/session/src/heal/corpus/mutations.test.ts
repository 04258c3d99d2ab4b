import { createRandom } from '@resilient/testing';
import { expect, test } from 'vitest';
import { goodSession } from './good-session.fixture.ts';
import { brokenPromises } from './judge.fixture.ts';
import { KINDS, mutateSome } from './mutate.fixture.ts';
import { runMutations } from './run-mutations.fixture.ts';
import { flipEachBit, runSealed } from './run-sealed.fixture.ts';
import { ALL_RULES, type VariantRules, variantHealer } from './variant-healer.fixture.ts';

const SEED = 20_261_122;

test('100 good sessions, 100 mutations each: no throw, nothing invented, nothing granted', {
  timeout: 120_000,
}, async () => {
  const found = await runMutations({ sessions: 100, mutations: 100, seed: SEED });
  expect(found.broken).toEqual([]);
  expect(Object.keys(found.byKind).sort()).toEqual([...KINDS].sort());
  expect(found.mutations).toBe(10_000);
  // Most damage leaves the identity intact, and its user must not be logged out.
  expect(found.loggedIn).toBeGreaterThan(4_000);
  expect(found.restored).toBeGreaterThan(100);
  expect(found.notJson).toBeGreaterThan(1_000);
});

/** How many promises a healer breaks on the same mutated rows. */
function violations(rules: VariantRules): Record<string, number> {
  const random = createRandom(SEED);
  const heal = variantHealer(rules);
  const counts: Record<string, number> = {};
  for (let index = 0; index < 4_000; index += 1) {
    const { text } = mutateSome(JSON.stringify(goodSession(random)), random);
    let row: unknown;
    try {
      row = JSON.parse(text);
    } catch {
      continue;
    }
    for (const one of brokenPromises(row, heal(row))) counts[one] = (counts[one] ?? 0) + 1;
  }
  return counts;
}

test('the same promises are broken as soon as one rule is taken out', { timeout: 60_000 }, () => {
  expect(violations(ALL_RULES)).toEqual({});
  const without = (rule: keyof VariantRules) => violations({ ...ALL_RULES, [rule]: false });
  expect(without('missingIdentity')['role stands without an identity']).toBeGreaterThan(50);
  expect(without('schemaOutput')['role was invented']).toBeGreaterThan(50);
  expect(without('migration')['role was invented']).toBeGreaterThan(20);
  expect(without('migration')['userId was invented']).toBeGreaterThan(20);
});

test('with a seal, damage that makes another valid user or right is refused', {
  timeout: 120_000,
}, async () => {
  const found = await runSealed({ sessions: 100, mutations: 100, seed: SEED });
  expect(found.broken).toEqual([]);
  expect(found.refused).toBeGreaterThan(300);
  expect(Object.keys(found.refusedByKind)).toEqual(
    expect.arrayContaining(['flip', 'inject valid', 'duplicate key']),
  );
});

test('about 18 % of single-bit flips make another valid user id: all pass a schema, none passes a seal', () => {
  const { flips, otherUser, passedSeal } = flipEachBit(5);
  expect(flips).toBe(5 * 584);
  expect(otherUser / flips).toBeGreaterThan(0.15);
  expect(otherUser / flips).toBeLessThan(0.21);
  expect(passedSeal).toBe(0);
});
