import type { FailureKind } from '@resilient/core';

/** Why calls were refused without an attempt, or without a further one. */
export interface Refusals {
  circuit: number;
  slots: number;
  gate: number;
  budget: number;
}

/** Exact counts of what the calls of one name did; they add up at every moment. */
export class Counters {
  running = 0;
  successes = 0;
  failures = 0;
  /** Attempts sent. */
  attempts = 0;
  /** Attempts sent after the first of their call. */
  retries = 0;
  /** Attempts sent beside a slow one. */
  hedges = 0;
  /** Attempts under way. */
  attemptsRunning = 0;
  /** Attempts that ended well. */
  ok = 0;
  readonly failuresByCode: Map<string, number> = new Map();
  readonly attemptsByKind: Map<FailureKind, number> = new Map();
  readonly refusals: Refusals = { circuit: 0, slots: 0, gate: 0, budget: 0 };

  failed(code: string): void {
    this.running -= 1;
    this.failures += 1;
    this.failuresByCode.set(code, (this.failuresByCode.get(code) ?? 0) + 1);
  }

  attemptFailed(kind: FailureKind): void {
    this.attemptsByKind.set(kind, (this.attemptsByKind.get(kind) ?? 0) + 1);
  }
}
