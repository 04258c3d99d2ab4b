import { array } from './array.ts';
import { date } from './date.ts';
import { int } from './int.ts';
import { oneOf } from './one-of.ts';
import { string } from './string.ts';

/**
 * Checks of single keys for those who use no schema library. Each is a Standard Schema that accepts or refuses and never
 * changes a value.
 *
 * @example
 * ```ts
 * import { defineSession, field } from '@resilient/session';
 *
 * const shape = defineSession({
 *   keys: {
 *     userId: { kind: 'identity', schema: field.string({ pattern: /^u\d+$/ }) },
 *     role: { kind: 'authority', schema: field.oneOf(['student', 'teacher']) },
 *     xp: { kind: 'preference', schema: field.int({ min: 0 }), default: 0 },
 *     seenAt: { kind: 'preference', schema: field.date() },
 *     cart: { kind: 'preference', schema: field.array(field.string(), { max: 50 }), default: () => [] },
 *   },
 * });
 * ```
 */
export const field: {
  readonly array: typeof array;
  readonly date: typeof date;
  readonly int: typeof int;
  readonly oneOf: typeof oneOf;
  readonly string: typeof string;
} = { array, date, int, oneOf, string };
