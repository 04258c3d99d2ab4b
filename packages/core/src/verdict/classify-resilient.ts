import { isResilientError } from '../errors/resilient-error.ts';
import { peek } from './causes.ts';
import type { Classifier, FailureKind, Outcome, Verdict } from './verdict.ts';
import { walk } from './walk.ts';

/** What a local decision means; the other stop reasons mean what the last attempt met with. */
const KIND_OF_STOP: ReadonlyMap<unknown, FailureKind> = new Map([
  ['aborted', 'aborted'],
  ['closed', 'aborted'],
  ['deadline', 'timeout'],
  ['retry-after-too-long', 'rate-limit'],
  ['circuit-open', 'overload'],
  ['saturated', 'overload'],
]);

const OUTCOMES: ReadonlySet<unknown> = new Set(['not-sent', 'rejected', 'unknown']);

function outcomeOf(error: object): Outcome {
  const outcome = peek(error, 'outcome');
  return OUTCOMES.has(outcome) ? (outcome as Outcome) : 'unknown';
}

function lastKindOf(error: object): FailureKind {
  const attempts = peek(error, 'attempts');
  const last: unknown = Array.isArray(attempts) ? attempts.at(-1) : undefined;
  const kind = peek(last, 'kind');
  return typeof kind === 'string' ? (kind as FailureKind) : 'unknown';
}

function judge(error: object): Verdict | undefined {
  if (!isResilientError(error)) return undefined;
  const code = error.code;
  const stopReason = peek(error, 'stopReason');
  if (stopReason !== undefined) {
    // It was retried already: once more at each level above would multiply the attempts.
    return {
      transient: false,
      kind: KIND_OF_STOP.get(stopReason) ?? lastKindOf(error),
      outcome: outcomeOf(error),
      code,
    };
  }
  if (code === 'TIMEOUT') return { transient: true, kind: 'timeout', outcome: 'unknown', code };
  if (code === 'DEADLINE') return { transient: false, kind: 'timeout', outcome: outcomeOf(error), code };
  if (code === 'ENVIRONMENT') return { transient: false, kind: 'invalid', outcome: 'not-sent', code };
  return undefined; // what is behind it decides
}

/**
 * Knows the errors of @resilient, also those of another installed copy: a `TimeoutError` is worth another attempt;
 * a `RetryError` (retried already) and a `DeadlineError` (no time left) are not.
 *
 * @example
 * ```ts
 * import { classifyResilient, TimeoutError } from '@resilient/core';
 *
 * console.log(classifyResilient(new TimeoutError(500), 0)?.transient); // true
 * ```
 */
export const classifyResilient: Classifier = walk(judge);
