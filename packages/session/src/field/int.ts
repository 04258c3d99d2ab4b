import { checkKnown, checkNumber } from '@resilient/core';
import { type Field, makeField } from './make-field.ts';

/** The bounds of `field.int`. */
export interface IntOptions {
  /** Smallest value allowed. @defaultValue the smallest safe integer */
  readonly min?: number;
  /** Greatest value allowed. @defaultValue the greatest safe integer */
  readonly max?: number;
}

/** A whole number within bounds; `3` is one, `'3'`, `3.5` and `NaN` are none. */
export function int(options: IntOptions = {}): Field<number> {
  checkKnown('field.int', options, ['min', 'max']);
  const least = Number.MIN_SAFE_INTEGER;
  const min = checkNumber('min', options.min ?? least, { min: least, integer: true });
  const max = checkNumber('max', options.max ?? Number.MAX_SAFE_INTEGER, { min, integer: true });
  return makeField(
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    `an integer from ${min} to ${max}`,
  );
}
