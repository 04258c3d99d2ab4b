/** An integer of the database that a number cannot hold. */
export class UnsafeIntegerError extends RangeError {
  constructor() {
    super('the database answered an integer beyond 2^53, which a number cannot hold: select it as text');
    this.name = 'UnsafeIntegerError';
  }
}

/** A `bigint` or `count(*)` as a number. @throws UnsafeIntegerError beyond 2^53 */
export function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new UnsafeIntegerError();
  return value;
}

/** The same for the items of an array, whatever its dimensions; NULL stays. */
export function parseIntegers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(parseIntegers);
  return typeof value === 'string' ? parseInteger(value) : value;
}
