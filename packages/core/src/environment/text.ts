import { checkType } from '../options/check.ts';
import { fallbackRule, type Variable, variable } from './variable.ts';

/**
 * A variable that holds any text; `fallback` is its value where it is missing or empty.
 *
 * @throws TypeError if `fallback` is no string
 * @example
 * ```ts
 * import { readEnvironment, text } from '@resilient/core';
 *
 * const { REGION } = readEnvironment({ REGION: text('eu') });
 * ```
 */
export function text(fallback?: string): Variable<string> {
  if (fallback !== undefined) checkType('fallback', fallback, 'string');
  return variable({
    expected: 'a text',
    sample: "'...'",
    parse: (raw) => ({ value: raw }),
    ...fallbackRule(fallback),
  });
}
