import { classifyAbort } from './classify-abort.ts';
import { classifyBug } from './classify-bug.ts';
import { classifyNetwork } from './classify-network.ts';
import { classifyResilient } from './classify-resilient.ts';
import { classifyValidation } from './classify-validation.ts';
import { firstOf } from './first-of.ts';
import type { Classifier } from './verdict.ts';

/**
 * The classifier that `retry` asks when yours has no answer: @resilient's own errors, validation, aborts and time
 * limits, the network, bugs, in this order; `undefined` for an error that it does not know.
 *
 * The network is asked before bugs, since fetch reports a refused connection as a `TypeError`.
 *
 * @example
 * ```ts
 * import { classifyError } from '@resilient/core';
 *
 * const verdict = classifyError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 0);
 * console.log(verdict); // { transient: true, kind: 'network', outcome: 'not-sent', code: 'ECONNREFUSED' }
 * ```
 */
export const classifyError: Classifier = firstOf(
  classifyResilient,
  classifyValidation,
  classifyAbort,
  classifyNetwork,
  classifyBug,
);
