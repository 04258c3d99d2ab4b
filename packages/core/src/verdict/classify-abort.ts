import { peek } from './causes.ts';
import type { Classifier, Verdict } from './verdict.ts';
import { walk } from './walk.ts';

const TIMEOUT: Verdict = Object.freeze({ transient: true, kind: 'timeout', outcome: 'unknown' });
const ABORTED: Verdict = Object.freeze({ transient: false, kind: 'aborted', outcome: 'unknown' });

/** The numbers that the DOM gives to its exceptions. @see https://webidl.spec.whatwg.org/#dfn-error-names-table */
const DOM_ABORT_ERR = 20;
const DOM_TIMEOUT_ERR = 23;

const timeout = walk((error) =>
  peek(error, 'name') === 'TimeoutError' && peek(error, 'code') === DOM_TIMEOUT_ERR ? TIMEOUT : undefined,
);

/** `ABORT_ERR` is Node's own AbortError, whose `cause` is the signal's reason. */
const abort = walk((error) => {
  if (peek(error, 'name') !== 'AbortError') return undefined;
  const code = peek(error, 'code');
  return code === DOM_ABORT_ERR || code === 'ABORT_ERR' || code === undefined ? ABORTED : undefined;
});

/**
 * Knows how a signal ends work: an `AbortError` is `aborted`, never retried, unless a time limit is behind it
 * (`AbortSignal.timeout`), which is a `timeout` with an unknown outcome, worth another attempt.
 *
 * @example
 * ```ts
 * import { classifyAbort } from '@resilient/core';
 *
 * console.log(classifyAbort(AbortSignal.abort().reason, 0)?.kind); // aborted
 * ```
 */
export const classifyAbort: Classifier = (error) => timeout(error) ?? abort(error);
