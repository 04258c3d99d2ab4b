import { checkNumber } from '../options/check.ts';
import { integer } from './integer.ts';
import type { Variable } from './variable.ts';

const HIGHEST = 65_535;

/**
 * A variable that holds a TCP port, 0 (the system chooses one) to 65535; `fallback` is its value where it is missing
 * or empty.
 *
 * @throws TypeError | RangeError if `fallback` is no port
 * @example
 * ```ts
 * import { port, readEnvironment } from '@resilient/core';
 *
 * const { PORT } = readEnvironment({ PORT: port(3000) });
 * ```
 */
export function port(fallback?: number): Variable<number> {
  if (fallback === undefined) return integer({ max: HIGHEST });
  return integer({
    max: HIGHEST,
    fallback: checkNumber('fallback', fallback, { max: HIGHEST, integer: true }),
  });
}
