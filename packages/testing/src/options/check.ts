const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
};

/** The one form of all messages about bad input: what was expected under which name, and what came. */
export const unexpected = (name: string, expected: string, got: unknown): string =>
  `expected \`${name}\` to be ${expected}, got ${shown(got)}`;

/** Which numbers {@link checkNumber} takes. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
  /** Whether `Infinity` is good. */
  readonly infinite?: boolean;
}

/** Returns `value` when it is a number inside the range, else throws TypeError (no number) or RangeError. */
export const checkNumber = (name: string, value: unknown, range: NumberRange = {}): number => {
  const { min = -Infinity, max = Infinity, integer = false, infinite = false } = range;
  const kind = integer ? 'an integer' : infinite ? 'a number' : 'a finite number';
  const least = min === -Infinity ? '' : ` >= ${min}`;
  const most = max === Infinity ? '' : `${least === '' ? '' : ' and'} <= ${max}`;
  const expected = `${kind}${least}${most}`;
  if (typeof value !== 'number') throw new TypeError(unexpected(name, expected, value));
  const good =
    !Number.isNaN(value) && (infinite || Number.isFinite(value)) && (!integer || Number.isInteger(value));
  if (!good || value < min || value > max) throw new RangeError(unexpected(name, expected, value));
  return value;
};

/** Returns `value` when it is a string that is not empty, else throws TypeError. */
export const checkText = (name: string, value: unknown): string => {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(unexpected(name, 'a non-empty string', value));
  return value;
};
