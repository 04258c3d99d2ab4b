import { checkKnown, checkNumber } from '../options/check.ts';
import { fallbackRule, type Variable, variable } from './variable.ts';

/** Options of {@link integer}. */
export interface IntegerOptions {
  /** Smallest value allowed. @defaultValue `0` */
  readonly min?: number;
  /** Greatest value allowed. @defaultValue `Number.MAX_SAFE_INTEGER` */
  readonly max?: number;
  /** The value where the variable is missing or empty. */
  readonly fallback?: number;
}

/** Digits alone: what `Number` makes of `0x10`, `1e3` or a blank is not what anybody meant. */
const WHOLE = /^[+-]?\d{1,16}$/;

/**
 * A variable that holds a whole number, in decimal digits.
 *
 * @throws TypeError | RangeError if an option is wrong
 * @example
 * ```ts
 * import { integer, readEnvironment } from '@resilient/core';
 *
 * const { WORKERS } = readEnvironment({ WORKERS: integer({ min: 1, max: 64, fallback: 2 }) });
 * ```
 */
export function integer(options: IntegerOptions = {}): Variable<number> {
  checkKnown('integer', options, ['min', 'max', 'fallback']);
  const safe = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, integer: true };
  const min = checkNumber('min', options.min ?? 0, safe);
  const max = checkNumber('max', options.max ?? Number.MAX_SAFE_INTEGER, { ...safe, min });
  const { fallback } = options;
  if (fallback !== undefined) checkNumber('fallback', fallback, { min, max, integer: true });
  return variable({
    expected:
      options.max === undefined
        ? `a whole number of at least ${min}`
        : `a whole number from ${min} to ${max}`,
    sample: String(fallback ?? Math.max(min, Math.min(max, 1))),
    parse: (raw) => {
      const value = WHOLE.test(raw.trim()) ? Number(raw) : Number.NaN;
      return value >= min && value <= max ? { value } : 'malformed';
    },
    ...fallbackRule(fallback),
  });
}
