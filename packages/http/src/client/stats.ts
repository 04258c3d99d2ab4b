import type { FailureKind } from '@resilient/core';
import type { BreakerState } from '../breaker/breaker.ts';
import type { Latencies } from '../memory/latencies.ts';
import type { Memory } from '../memory/memory.ts';

/** Quantiles in milliseconds, right to about 3 %; `undefined` if there was nothing to measure. */
export interface Quantiles {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

function quantilesOf(latencies: Latencies, now: number): Quantiles {
  const [p50, p95, p99] = latencies.quantiles(now, [0.5, 0.95, 0.99]).values;
  return { p50, p95, p99 };
}

/**
 * What the calls of one name did since it was first used: exact counts that add up at every moment.
 * `calls = successes + failures + running`, `attempts = callsSent + retries + hedges = attemptsRunning + attemptsOk` + all
 * of `attemptsByKind`.
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
  /** Requests sent beside a slow one. */
  readonly hedges: number;
  /** Attempts under way, each of which holds a slot. */
  readonly attemptsRunning: number;
  readonly attemptsOk: number;
  /** Failed attempts by the kind of their failure. */
  readonly attemptsByKind: Readonly<Partial<Record<FailureKind, number>>>;
  /** Calls that wait for a slot. */
  readonly queued: number;
  /** Slots there are; it moves if concurrency is adaptive. */
  readonly slots: number;
  /** How long calls took, waits included, in the last ten minutes. */
  readonly callMs: Quantiles;
  /** How long attempts took, from sending, in the last ten minutes. */
  readonly attemptMs: Quantiles;
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
export function statsOf({
  counters,
  slots,
  breaker,
  budget,
  callTimes,
  attemptTimes,
  parts,
}: Memory): ApiClientStats {
  const now = parts.clock.now();
  const { successes, failures, running, attempts, retries, hedges, ok } = counters;
  return {
    calls: successes + failures + running,
    successes,
    failures,
    running,
    failuresByCode: Object.fromEntries(counters.failuresByCode),
    attempts,
    callsSent: attempts - retries - hedges,
    retries,
    hedges,
    attemptsRunning: counters.attemptsRunning,
    attemptsOk: ok,
    attemptsByKind: Object.fromEntries(counters.attemptsByKind),
    queued: slots.waiting,
    slots: slots.limit,
    callMs: quantilesOf(callTimes, now),
    attemptMs: quantilesOf(attemptTimes, now),
    refusals: { ...counters.refusals },
    breaker: breaker?.state,
    budget: budget?.available,
  };
}
