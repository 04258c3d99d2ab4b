import { isDeepStrictEqual } from 'node:util';
import { refuse } from '../options/check.ts';

/**
 * Makes what answers for a failure: a function is called anew each time, an object is a fresh copy each time, anything
 * else is answered as it is.
 *
 * @throws TypeError if it is an object that `structuredClone` cannot copy whole: one of a class, with functions in it
 */
export function defaultReturnOf<D>(given: D | ((error: unknown) => D)): (error: unknown) => D {
  if (typeof given === 'function') return given as (error: unknown) => D;
  if (typeof given !== 'object' || given === null) return () => given;
  const kept = copyOf(given);
  if (kept === undefined || !isDeepStrictEqual(kept, given)) {
    throw refuse('defaultReturn', 'something that can be copied, or a function that makes it', given);
  }
  return () => structuredClone(kept);
}

function copyOf<T>(given: T): T | undefined {
  try {
    return structuredClone(given);
  } catch {
    return undefined;
  }
}
