import { peek } from './causes.ts';
import type { Classifier, Verdict } from './verdict.ts';
import { walk } from './walk.ts';

/**
 * Names under which validators throw, compared with `name` and with the name of the class (many a
 * `class ValidationError extends Error` never sets `name`): zod, valibot, and the name that yup, joi, mongoose and
 * most hand-written ones share. `$ZodError` is what `zod/mini` throws.
 */
const NAMES: ReadonlySet<unknown> = new Set(['ValidationError', 'ZodError', '$ZodError', 'ValiError']);

const VERDICT: Verdict = Object.freeze({ transient: false, kind: 'invalid', outcome: 'unknown' });

/**
 * Knows the errors of validators by their names, without importing one: `invalid`, never retried.
 *
 * @example
 * ```ts
 * import { classifyValidation } from '@resilient/core';
 *
 * const error = Object.assign(new Error('no name given'), { name: 'ValidationError' });
 * console.log(classifyValidation(error, 0)?.kind); // invalid
 * ```
 */
export const classifyValidation: Classifier = walk((error) =>
  NAMES.has(peek(error, 'name')) || NAMES.has(peek(peek(error, 'constructor'), 'name')) ? VERDICT : undefined,
);
