import type { StopReason } from '../errors/stop-reason.ts';

/**
 * A decision of ours not to make an attempt: the circuit is open, every slot is taken, the client is closed. It is no
 * attempt: never classified, costs no retry and no token, leaves no record, and ends the call at once.
 * @example
 * ```ts
 * import { Refusal } from '@resilient/core';
 *
 * const refusal = new Refusal('circuit-open', 'the circuit of mailer is open', new Date('2030-01-01'));
 * ```
 */
export class Refusal {
  readonly stopReason: StopReason;
  /** What happened, for the message of the final error. */
  readonly detail: string;
  /** When it makes sense to come again. */
  readonly retryAt: Date | undefined;

  constructor(stopReason: StopReason, detail: string, retryAt?: Date) {
    this.stopReason = stopReason;
    this.detail = detail;
    this.retryAt = retryAt;
  }
}
