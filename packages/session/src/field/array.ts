import { checkKnown, checkNumber, refuse } from '@resilient/core';
import { sameValue } from '../shape/same-value.ts';
import type { StandardSchemaV1 } from '../shape/standard-schema.ts';
import { ask } from '../shape/validate.ts';
import { type Field, makeField } from './make-field.ts';

/** The bounds of `field.array`. */
export interface ArrayOptions {
  /** Fewest items. @defaultValue 0 */
  readonly min?: number;
  /** Most items. @defaultValue 1,000 */
  readonly max?: number;
}

/** A list of bounded length whose items each pass a schema, unchanged: one of these fields or any Standard Schema. */
export function array<T>(
  item: StandardSchemaV1<unknown, T> | Field<T>,
  options: ArrayOptions = {},
): Field<T[]> {
  if (typeof item?.['~standard']?.validate !== 'function')
    throw refuse('item', 'a field or another Standard Schema', item);
  checkKnown('field.array', options, ['min', 'max']);
  const min = checkNumber('min', options.min ?? 0, { integer: true });
  const max = checkNumber('max', options.max ?? Math.max(1_000, min), { min, integer: true });
  const isRight = (value: unknown): boolean => {
    const answer = ask(item, value);
    return answer.is === 'valid' && sameValue(value, answer.value);
  };
  return makeField((value) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return false;
    // Not `every`, which skips the holes of a sparse array.
    for (let index = 0; index < value.length; index += 1) if (!isRight(value[index])) return false;
    return true;
  }, `a list of ${min} to ${max} items`);
}
