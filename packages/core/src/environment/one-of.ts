import { checkOneOf, refuse } from '../options/check.ts';
import { fallbackRule, type Variable, variable } from './variable.ts';

/**
 * A variable that is one of a few words; `fallback` is its value where it is missing or empty.
 *
 * @throws TypeError if there is no word to choose from, or `fallback` is none of them
 * @example
 * ```ts
 * import { oneOf, readEnvironment } from '@resilient/core';
 *
 * const { MODE } = readEnvironment({ MODE: oneOf(['web', 'worker'], 'web') });
 * const isWorker: boolean = MODE === 'worker';
 * ```
 */
export function oneOf<const T extends string>(words: readonly T[], fallback?: NoInfer<T>): Variable<T> {
  const [first] = Array.isArray(words) ? (words as readonly T[]) : [];
  if (first === undefined) throw refuse('words', 'a list of at least one word', words);
  if (fallback !== undefined) checkOneOf('fallback', fallback, words);
  const known: readonly T[] = [...words];
  return variable({
    expected: `one of ${known.join(', ')}`,
    sample: first,
    parse: (raw) => {
      const value = known.find((word) => word === raw.trim());
      return value === undefined ? 'malformed' : { value };
    },
    ...fallbackRule(fallback),
  });
}
