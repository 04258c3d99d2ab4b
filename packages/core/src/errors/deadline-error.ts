import type { Outcome } from '../verdict/verdict.ts';
import { ResilientError, type ResilientErrorOptions } from './resilient-error.ts';

/**
 * The time of a `withDeadline` scope is up: `code` is `DEADLINE`, and what had been begun may have taken effect.
 * @example
 * ```ts
 * import { DeadlineError, withDeadline } from '@resilient/core';
 *
 * try {
 *   await withDeadline(50, () => new Promise(() => {}));
 * } catch (error) {
 *   if (error instanceof DeadlineError) console.log(error.timeoutMs, error.outcome); // 50 unknown
 * }
 * ```
 */
export class DeadlineError extends ResilientError {
  readonly code = 'DEADLINE' as const;
  /** The time that the scope had, in milliseconds. */
  readonly timeoutMs: number;
  /** What is known of the effect of the work inside. */
  readonly outcome: Outcome;

  constructor(timeoutMs: number, options: ResilientErrorOptions & { readonly outcome?: Outcome } = {}) {
    const outcome = options.outcome ?? 'unknown';
    const effect =
      outcome === 'unknown'
        ? 'whether the work inside took effect is unknown'
        : 'the work inside took no effect';
    super(`the deadline of ${timeoutMs} ms has passed; ${effect}`, options);
    this.timeoutMs = timeoutMs;
    this.outcome = outcome;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), timeoutMs: this.timeoutMs, outcome: this.outcome };
  }
}
