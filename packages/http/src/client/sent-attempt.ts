import { type Clock, isObserved, Limit, publish, TimeoutError } from '@resilient/core';
import type { AttemptScope } from './attempt-scope.ts';

/** One attempt that was sent: its limits, and what it holds of what is shared. */
export class SentAttempt extends Limit {
  readonly #name: string;
  readonly scope: AttemptScope;
  /** The clock's time of sending. */
  readonly sentAt: number;
  /** Of the breaker. */
  readonly permit: number;
  /** Of the gate. */
  readonly pass: number;

  constructor(
    name: string,
    clock: Clock,
    ms: number,
    sentAt: number,
    scope: AttemptScope,
    caller: AbortSignal | undefined,
    permit: number,
    pass: number,
  ) {
    super(clock, ms, sentAt, caller);
    this.#name = name;
    this.scope = scope;
    this.sentAt = sentAt;
    this.permit = permit;
    this.pass = pass;
  }

  protected override onTimeout(): TimeoutError {
    const { ms } = this;
    if (isObserved('timeout')) publish({ kind: 'timeout', name: this.#name, package: 'http', timeoutMs: ms });
    return new TimeoutError(ms);
  }
}
