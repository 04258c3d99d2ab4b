import { RetryError, type RetryFacts } from '@resilient/core';

/** What {@link ApiCallError} is made of. */
export interface ApiCallFacts extends RetryFacts {
  readonly status?: number | undefined;
  readonly retryAt?: Date | undefined;
  readonly requestId?: string | undefined;
}

/**
 * A call has failed for good: `code` and `stopReason` say why, `outcome` what may have taken effect, `attempts` what
 * happened, and `cause` is the SDK's own error, untouched.
 *
 * Codes: `ABORTED`, `CLOSED`, `CIRCUIT_OPEN`, `SATURATED`, `BUDGET_EXHAUSTED`, `OUTCOME_UNKNOWN`, `TIMEOUT`,
 * `RATE_LIMITED`, `RETRIES_EXHAUSTED` and `REJECTED`.
 *
 * @example
 * ```ts
 * import { ApiCallError, resilientApiCall } from '@resilient/http';
 *
 * try {
 *   await resilientApiCall(() => fetch('http://127.0.0.1:3000/'), { name: 'prices', idempotent: true });
 * } catch (error) {
 *   if (error instanceof ApiCallError && error.retryAt) console.log(`try again after ${error.retryAt.toISOString()}`);
 * }
 * ```
 */
export class ApiCallError extends RetryError {
  /** HTTP status of the last answer, if there was one. */
  readonly status: number | undefined;
  /** When it is worth coming again: with `RATE_LIMITED` and `CIRCUIT_OPEN`. */
  readonly retryAt: Date | undefined;
  /** The last request's number at the other side, for its support. */
  readonly requestId: string | undefined;

  constructor(facts: ApiCallFacts) {
    super(facts);
    this.status = facts.status;
    this.retryAt = facts.retryAt;
    this.requestId = facts.requestId;
  }

  override toJSON(): Record<string, unknown> {
    const { status, retryAt, requestId } = this;
    return {
      ...super.toJSON(),
      ...(status === undefined ? undefined : { status }),
      ...(retryAt === undefined ? undefined : { retryAt }),
      ...(requestId === undefined ? undefined : { requestId }),
    };
  }
}
