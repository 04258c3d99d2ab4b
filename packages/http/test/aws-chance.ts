import { createRandom } from '@resilient/testing';

/**
 * The number that a retry of a call draws for its wait: of its place, not of a sequence, since we draw a wait before we
 * ask the budget, and AWS after.
 */
export function chanceOf(seed: number, call: number): (retry: number) => number {
  return (retry) => createRandom(seed * 1_000 + call * 10 + retry)();
}
