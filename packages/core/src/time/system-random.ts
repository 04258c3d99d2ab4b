/**
 * The chance that is used where no `random` is given: at least 0, below 1.
 *
 * @example
 * ```ts
 * import { systemRandom } from '@resilient/core';
 *
 * const jitterMs: number = systemRandom() * 100;
 * ```
 */
export const systemRandom: () => number = Math.random;
