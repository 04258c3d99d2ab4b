import { isResilientError, type Outcome, ResilientError, type ResilientErrorOptions } from '@resilient/core';

/** What a store was asked to do. */
export type StoreOperation = 'get' | 'set' | 'destroy' | 'touch';

const WORST: Record<StoreOperation, Outcome> = {
  get: 'not-sent',
  set: 'unknown',
  destroy: 'unknown',
  touch: 'unknown',
};

const OUTCOMES: readonly unknown[] = ['not-sent', 'rejected', 'unknown'] satisfies Outcome[];

/** Errors of `@resilient/db` know what became of a write; of others it is unknown. */
function outcomeOf(operation: StoreOperation, cause: unknown): Outcome {
  const known = isResilientError(cause) ? (cause as { outcome?: unknown }).outcome : undefined;
  return OUTCOMES.includes(known) ? (known as Outcome) : WORST[operation];
}

/**
 * The session store does not answer, or answers with an error: `code` is `STORE_DOWN`. Its message is for the visitor
 * and holds nothing of the driver's. `statusCode` and `headers` are what fastify and express take from an error.
 */
export class SessionStoreError extends ResilientError {
  readonly code = 'STORE_DOWN' as const;
  /** What the store was asked to do. */
  readonly operation: StoreOperation;
  /** What is known of the effect of a write. */
  readonly outcome: Outcome;
  readonly statusCode = 503 as const;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    operation: StoreOperation,
    options: ResilientErrorOptions & { readonly retryAfterS?: number } = {},
  ) {
    super('Your session cannot be reached at the moment. Please try again in a few seconds.', options);
    this.operation = operation;
    this.outcome = outcomeOf(operation, options.cause);
    this.headers = { 'retry-after': String(options.retryAfterS ?? 5) };
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), operation: this.operation, outcome: this.outcome };
  }
}
