import { refuse } from '@resilient/core';
import { type Field, makeField } from './make-field.ts';

/** One of the values listed, by `===`: texts, numbers, booleans. `field.oneOf([true, false])` is a boolean. */
export function oneOf<const T extends string | number | boolean>(values: readonly T[]): Field<T> {
  const isFit = (value: unknown): boolean =>
    ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
  if (!Array.isArray(values) || values.length === 0 || !values.every(isFit)) {
    throw refuse('values', 'a list of texts, finite numbers or booleans', values);
  }
  const allowed = [...values];
  const shown = allowed.map((one) => JSON.stringify(one)).join(', ');
  return makeField((value) => allowed.includes(value as T), `one of ${shown}`);
}
