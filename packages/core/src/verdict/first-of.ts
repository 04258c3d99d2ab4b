import { refuse } from '../options/check.ts';
import { ignoreRejection } from '../safe/ignore-rejection.ts';
import type { Classifier, Verdict } from './verdict.ts';
import { verdictFrom } from './verdict-from.ts';

/**
 * Joins classifiers: the first that knows the error decides. One that throws, or answers something that is no verdict
 * (a promise, `true`), counts as one that does not know; what a verdict leaves out counts as `unknown`. `undefined` in the list is skipped, so that an optional
 * classifier can be passed as it is.
 *
 * @throws TypeError if one of them is no function
 * @example
 * ```ts
 * import { classifyError, type Classifier, firstOf } from '@resilient/core';
 *
 * const busy: Classifier = (error) =>
 *   error instanceof Error && error.message === 'printer busy'
 *     ? { transient: true, kind: 'overload', outcome: 'rejected', retryAfterMs: 500 }
 *     : undefined;
 * const classify: Classifier = firstOf(busy, classifyError);
 * ```
 */
export function firstOf(...classifiers: readonly (Classifier | undefined)[]): Classifier {
  const known = classifiers.filter((classifier) => classifier !== undefined);
  for (const classifier of known) {
    if (typeof classifier !== 'function') throw refuse('classifier', 'a function', classifier);
  }
  return (error, now) => {
    for (const classifier of known) {
      const verdict = answerOf(classifier, error, now);
      if (verdict) return verdict;
    }
    return undefined;
  };
}

function answerOf(classifier: Classifier, error: unknown, now: number): Verdict | undefined {
  try {
    const answer: unknown = classifier(error, now);
    ignoreRejection(answer);
    return verdictFrom(answer);
  } catch {
    return undefined;
  }
}
