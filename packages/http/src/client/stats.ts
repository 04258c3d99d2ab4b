import type { FailureKind } from '@resilient/core';
import type { BreakerState } from '../breaker/breaker.ts';
import type { Memory } from '../memory/memory.ts';

/**
 * What the calls of one name did since it was first used: exact counts that add up at every moment.
 * `calls = successes + failures + running`, `attempts = callsSent + retries = attemptsRunning + attemptsOk` + all of
 * `attemptsByKind`.
 */
export interface ApiClientStats {
  readonly calls: number;
  readonly successes: number;
  readonly failures: number;
  readonly running: number;
  /** By `code`; `BUG` for errors of the caller's own function, which are rethrown as they are. */
  readonly failuresByCode: Readonly<Record<string, number>>;
  /** Attempts sent. */
  readonly attempts: number;
  /** Calls that sent at least one attempt. */
  readonly callsSent: number;
  readonly retries: number;
  /** Attempts under way, which is the number of slots taken. */
  readonly attemptsRunning: number;
  readonly attemptsOk: number;
  /** Failed attempts by the kind of their failure. */
  readonly attemptsByKind: Readonly<Partial<Record<FailureKind, number>>>;
  /** Decisions of ours not to send. */
  readonly refusals: {
    readonly circuit: number;
    readonly slots: number;
    readonly gate: number;
    readonly budget: number;
  };
  /** `undefined` if there is none. */
  readonly breaker: BreakerState | undefined;
  /** Tokens left; `undefined` if there is no budget. */
  readonly budget: number | undefined;
}

/** The statistics of a memory, as a copy. */
export function statsOf({ counters, inUse, breaker, budget }: Memory): ApiClientStats {
  const { successes, failures, running, attempts, retries, ok } = counters;
  return {
    calls: successes + failures + running,
    successes,
    failures,
    running,
    failuresByCode: Object.fromEntries(counters.failuresByCode),
    attempts,
    callsSent: attempts - retries,
    retries,
    attemptsRunning: inUse,
    attemptsOk: ok,
    attemptsByKind: Object.fromEntries(counters.attemptsByKind),
    refusals: { ...counters.refusals },
    breaker: breaker?.state,
    budget: budget?.available,
  };
}
