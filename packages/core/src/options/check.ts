/** Shows a rejected value briefly: its type for what is large or private, itself for what is short. */
function show(value: unknown): string {
  if (typeof value === 'string')
    return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length} characters`;
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') {
    return Object.is(value, -0) ? '0' : String(value);
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'function'
    ? 'a function'
    : `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`;
}

/** The one form in which @resilient refuses an option. */
function expected(name: string, what: string, value: unknown): string {
  return `expected \`${name}\` to be ${what}, got ${show(value)}`;
}

/** The bounds of {@link checkNumber}. */
export interface NumberBounds {
  /** Smallest value allowed. @defaultValue `0` */
  readonly min?: number;
  /** Greatest value allowed. @defaultValue `Infinity`, exclusive unless `infinity` is set */
  readonly max?: number;
  /** `true` for whole numbers only. @defaultValue `false` */
  readonly integer?: boolean;
  /** `true` if `Infinity` is a meaning, not a mistake. @defaultValue `false` */
  readonly infinity?: boolean;
  /** `true` if `min` itself is refused. @defaultValue `false` */
  readonly exclusiveMin?: boolean;
}

function describe(bounds: NumberBounds): string {
  const min = bounds.min ?? 0;
  const sort = bounds.integer ? 'an integer' : 'a number';
  const range =
    bounds.max === undefined
      ? `${bounds.exclusiveMin ? 'above' : 'of at least'} ${min}`
      : `${bounds.exclusiveMin ? `above ${min} and` : `from ${min}`} ${bounds.exclusiveMin ? 'at most' : 'to'} ${bounds.max}`;
  return `${sort} ${range}${bounds.infinity ? ' or Infinity' : ''}`;
}

/**
 * Answers `value` if it is a number within bounds.
 *
 * @throws TypeError if it is not a number, or `NaN`
 * @throws RangeError if it is a number out of bounds
 * @example
 * ```ts
 * import { checkNumber } from '@resilient/core';
 *
 * const timeoutMs: number = checkNumber('timeoutMs', 250, { min: 1, max: 60_000 });
 * ```
 */
export function checkNumber(name: string, value: unknown, bounds: NumberBounds = {}): number {
  if (typeof value !== 'number' || Number.isNaN(value))
    throw new TypeError(expected(name, describe(bounds), value));
  if (value === Number.POSITIVE_INFINITY && bounds.infinity) return value;
  const min = bounds.min ?? 0;
  const tooSmall = bounds.exclusiveMin ? value <= min : value < min;
  const fractional = bounds.integer === true && !Number.isInteger(value);
  if (!Number.isFinite(value) || tooSmall || value > (bounds.max ?? Number.POSITIVE_INFINITY) || fractional) {
    throw new RangeError(expected(name, describe(bounds), value));
  }
  return value;
}

/**
 * Answers `value` if it is a duration in milliseconds: above 0, `Infinity` for no limit. Throws as {@link checkNumber}.
 * @example
 * ```ts
 * import { checkDuration } from '@resilient/core';
 *
 * const timeoutMs: number = checkDuration('timeoutMs', 250);
 * ```
 */
export function checkDuration(name: string, value: unknown): number {
  return checkNumber(name, value, { exclusiveMin: true, infinity: true });
}

type Sorts = { string: string; boolean: boolean; function: (...args: never[]) => unknown; object: object };

/**
 * Answers `value` if it is of the type named.
 *
 * @throws TypeError if it is not; `null` is no object here
 * @example
 * ```ts
 * import { checkType } from '@resilient/core';
 *
 * const name: string = checkType('name', 'mailer', 'string');
 * ```
 */
export function checkType<K extends keyof Sorts>(name: string, value: unknown, sort: K): Sorts[K] {
  if (typeof value !== sort || value === null) {
    throw new TypeError(expected(name, sort === 'object' ? 'an object' : `a ${sort}`, value));
  }
  return value as Sorts[K];
}

/**
 * Answers `value` if it is one of those listed.
 *
 * @throws TypeError naming what is allowed
 * @example
 * ```ts
 * import { checkOneOf } from '@resilient/core';
 *
 * const mode: 'web' | 'worker' = checkOneOf('mode', 'web', ['web', 'worker']);
 * ```
 */
export function checkOneOf<const T extends string | boolean>(
  name: string,
  value: unknown,
  allowed: readonly T[],
): T {
  if (!allowed.includes(value as T)) {
    throw new TypeError(
      expected(name, `one of ${allowed.map((one) => JSON.stringify(one)).join(', ')}`, value),
    );
  }
  return value as T;
}

/**
 * Answers `value` if it can stop work: an AbortSignal, also of another realm.
 *
 * @throws TypeError if it is not
 * @example
 * ```ts
 * import { checkSignal } from '@resilient/core';
 *
 * const signal: AbortSignal = checkSignal('signal', AbortSignal.timeout(1_000));
 * ```
 */
export function checkSignal(name: string, value: unknown): AbortSignal {
  const signal = value as AbortSignal | null;
  if (
    typeof signal !== 'object' ||
    typeof signal?.addEventListener !== 'function' ||
    typeof signal.aborted !== 'boolean'
  ) {
    throw new TypeError(expected(name, 'an AbortSignal', value));
  }
  return signal;
}

/**
 * Refuses options that do not exist, so that a misspelt one does not pass as a default.
 *
 * @throws TypeError naming the unknown option and those that exist; also if `options` is no object
 * @example
 * ```ts
 * import { checkKnown } from '@resilient/core';
 *
 * checkKnown('createMailer', { host: 'localhost' }, ['host', 'port']);
 * ```
 */
export function checkKnown(of: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(expected(`options of ${of}`, 'an object', options));
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`unknown option \`${name}\` of ${of}: expected one of ${known.join(', ')}`);
    }
  }
}

/**
 * A TypeError in the one form of refusals, for checks that the functions beside it do not cover.
 * @example
 * ```ts
 * import { refuse } from '@resilient/core';
 *
 * console.log(refuse('clock', 'a Clock', true).message); // expected `clock` to be a Clock, got true
 * ```
 */
export function refuse(name: string, what: string, value: unknown): TypeError {
  return new TypeError(expected(name, what, value));
}
