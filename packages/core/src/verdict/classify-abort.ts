import { peek } from './causes.ts';
import type { Classifier, Verdict } from './verdict.ts';
import { walk } from './walk.ts';

const TIMEOUT: Verdict = Object.freeze({ transient: true, kind: 'timeout', outcome: 'unknown' });
const ABORTED: Verdict = Object.freeze({ transient: false, kind: 'aborted', outcome: 'unknown' });

/** By name: the DOM's `TimeoutError`, and those of p-timeout, got and others, say the same. */
const timeout = walk((error) => (peek(error, 'name') === 'TimeoutError' ? TIMEOUT : undefined));

const abort = walk((error) => (peek(error, 'name') === 'AbortError' ? ABORTED : undefined));

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
