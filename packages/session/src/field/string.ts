import { checkKnown, checkNumber, refuse } from '@resilient/core';
import { type Field, makeField } from './make-field.ts';

/** The bounds of `field.string`. */
export interface StringOptions {
  /** Fewest characters (UTF-16 code units). @defaultValue 0 */
  readonly min?: number;
  /** Most characters (UTF-16 code units); more is damage, or does not belong into a session. @defaultValue 4,096 */
  readonly max?: number;
  /** What it has to match, such as `/^[0-9a-f-]{36}$/`; anchor it. @defaultValue none */
  readonly pattern?: RegExp;
}

/** A text of bounded length; the length is looked at before the pattern. */
export function string(options: StringOptions = {}): Field<string> {
  checkKnown('field.string', options, ['min', 'max', 'pattern']);
  const min = checkNumber('min', options.min ?? 0, { integer: true });
  const max = checkNumber('max', options.max ?? Math.max(4_096, min), { min, integer: true });
  const { pattern } = options;
  if (pattern !== undefined && !(pattern instanceof RegExp)) throw refuse('pattern', 'a RegExp', pattern);
  // One of our own: `lastIndex` of a global or sticky one would make every second answer wrong.
  const regexp = pattern && new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  return makeField(
    (value) =>
      typeof value === 'string' &&
      value.length >= min &&
      value.length <= max &&
      regexp?.test(value) !== false,
    `a text of ${min} to ${max} characters`,
  );
}
