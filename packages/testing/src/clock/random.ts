import { checkNumber } from '@resilient/core';

/**
 * A seeded source of chance (mulberry32): the same seed gives the same numbers, each at least 0 and below 1.
 * Not for secrets.
 *
 * @throws TypeError or RangeError when `seed` is no integer of at least 0.
 *
 * @example
 * ```ts
 * import { createRandom } from '@resilient/testing';
 *
 * const random = createRandom(42);
 * console.log(random() === createRandom(42)()); // true
 * ```
 */
export const createRandom = (seed: number): (() => number) => {
  let state = checkNumber('seed', seed, { integer: true }) | 0;
  return function random(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
