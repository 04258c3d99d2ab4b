import { ResilientError } from '@resilient/core';

/**
 * A session was changed by another request while this one ran, and the two cannot be brought together: `code` is
 * `SESSION_CONFLICT`. Nothing was written; what the other request wrote stands. `statusCode` is what fastify and
 * express take from an error.
 */
export class SessionConflictError extends ResilientError {
  readonly code = 'SESSION_CONFLICT' as const;
  readonly statusCode = 409 as const;
  /** Nothing of this write was applied. */
  readonly outcome = 'rejected' as const;

  constructor() {
    super('Your session was changed by another request at the same moment. Please try again.');
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), outcome: this.outcome };
  }
}
