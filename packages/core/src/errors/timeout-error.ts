import { ResilientError, type ResilientErrorOptions } from './resilient-error.ts';

/**
 * One limit of time passed: `code` is `TIMEOUT`, `timeoutMs` the limit. What was begun may still have an effect.
 * @example
 * ```ts
 * import { TimeoutError, withTimeout } from '@resilient/core';
 *
 * try {
 *   await withTimeout(() => new Promise(() => {}), { timeoutMs: 50 });
 * } catch (error) {
 *   if (error instanceof TimeoutError) console.log(error.timeoutMs); // 50
 * }
 * ```
 */
export class TimeoutError extends ResilientError {
  readonly code = 'TIMEOUT' as const;
  /** The limit that passed, in milliseconds. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number, options: ResilientErrorOptions & { readonly message?: string } = {}) {
    super(
      options.message ?? `timed out after ${timeoutMs} ms; whether the work took effect is unknown`,
      options,
    );
    this.timeoutMs = timeoutMs;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), timeoutMs: this.timeoutMs };
  }
}
