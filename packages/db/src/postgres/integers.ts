import type { IntegerForm } from '../engine/integer-form.ts';

/** An integer of the database that a number cannot hold. */
export class UnsafeIntegerError extends RangeError {
  constructor() {
    super('the database answered an integer beyond 2^53, which a number cannot hold: select it as text');
    this.name = 'UnsafeIntegerError';
  }
}

/** Reads an integer of 64 bits from its text. */
export type ReadInteger = (text: string) => number | bigint | string;

/** How integers of 64 bits are read in each form; `number` throws {@link UnsafeIntegerError} beyond 2^53. */
export const READ_INTEGER: Readonly<Record<IntegerForm, ReadInteger>> = {
  number: parseInteger,
  bigint: BigInt,
  string: (text) => text,
};

/** A `bigint` or `count(*)` as a number. @throws UnsafeIntegerError beyond 2^53 */
export function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new UnsafeIntegerError();
  return value;
}

/** The same for the items of an array, whatever its dimensions; NULL stays. */
export function parseIntegers(value: unknown, read: ReadInteger): unknown {
  if (Array.isArray(value)) return value.map((item) => parseIntegers(item, read));
  return typeof value === 'string' ? read(value) : value;
}
