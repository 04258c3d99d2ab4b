import type { AttemptRecord, StopReason } from '../errors/stop-reason.ts';
import { isObserved, publish } from '../events/publish.ts';
import type { Clock } from '../time/clock.ts';
import type { FailureKind, Outcome, Verdict } from '../verdict/verdict.ts';
import { AttemptLog } from './attempt-log.ts';
import type { Backoff } from './backoff.ts';
import type { RetryBudget } from './budget.ts';
import { abortedWith, loopAfterFailure } from './p-retry-loop.ts';
import { Refusal } from './refusal.ts';

/** A wait before the next attempt. */
export interface Wait {
  readonly delayMs: number;
  readonly source: NonNullable<AttemptRecord['delaySource']>;
}

/** The rules of one call: what an attempt's failure means, and what may follow it. None of the functions may throw. */
export interface AttemptPlan {
  /** The dependency's name. */
  readonly name: string;
  /** The package that runs it, for events. */
  readonly package: string;
  readonly maxRetries: number;
  readonly backoff: Backoff;
  /** On the clock's scale; `Infinity` for none. */
  readonly deadline: number;
  /** Ends a wait at once. */
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly budget: RetryBudget | undefined;
  verdictOf(error: unknown): Verdict;
  /** The foreign message as it may be shown: masked, and cut. */
  messageOf(error: unknown): string;
  /** Why this failure must not be repeated although it is transient. */
  veto?(verdict: Verdict): StopReason | undefined;
  /** Another wait than the backoff or the hint, such as one at a gate; `undefined` for the usual one. */
  waitFor?(verdict: Verdict): Wait | undefined;
  /** Asked before a wait is begun: a refusal that would follow it anyway. */
  refuse?(delayMs: number): Refusal | undefined;
  /** Told that a retry is decided, before its wait: what the failed attempt still holds may go. */
  retrying?(wait: Wait): void;
  /** The error that the caller gets. */
  fail(failure: AttemptFailure): unknown;
}

/** How a call has ended without a value. */
export interface AttemptFailure {
  readonly stopReason: StopReason;
  /** The last real error; `undefined` if no attempt was made. */
  readonly error: unknown;
  /** The verdict on it; `undefined` if no attempt was made. */
  readonly verdict: Verdict | undefined;
  /** The decision of ours that ended it, if one did. */
  readonly refusal: Refusal | undefined;
  readonly attempts: readonly AttemptRecord[];
  /** Attempts made, also those that `attempts` has no room for. */
  readonly attemptCount: number;
  readonly outcome: Outcome;
}

/** A hint is never cut short: up to a tenth of it, and at most 1 s, is added, so that callers do not return together. */
const HINT_JITTER = 0.1;
const HINT_JITTER_MAX_MS = 1_000;

/**
 * Makes the first attempt and, if it fails, those that the plan allows. `run` is called with 1, 2, …; it rejects with
 * the attempt's error, or with a {@link Refusal} if none was made. `startedAt` is the clock's time of the call.
 * @example
 * ```ts
 * import { type AttemptPlan, runAttempts, systemClock } from '@resilient/core';
 *
 * const load = (plan: AttemptPlan): Promise<string> =>
 *   runAttempts(plan, async (attempt) => `loaded at attempt ${attempt}`, systemClock.now());
 * ```
 */
export async function runAttempts<T>(
  plan: AttemptPlan,
  run: (attempt: number) => T | PromiseLike<T>,
  startedAt: number,
): Promise<T> {
  if (plan.signal?.aborted) throw plan.fail(givenUpBefore(plan.signal));
  let value: T;
  try {
    value = await run(1);
  } catch (error) {
    return goOnAfter(plan, run, error, startedAt);
  }
  plan.budget?.release(1);
  return value;
}

/**
 * What follows a first attempt that has failed with `error`: the same, for a caller who makes the first attempt
 * themselves, so that one that succeeds costs no plan.
 * @example
 * ```ts
 * import { type AttemptPlan, goOnAfter, systemClock } from '@resilient/core';
 *
 * async function load(plan: () => AttemptPlan, once: () => Promise<string>): Promise<string> {
 *   const startedAt = systemClock.now();
 *   try {
 *     return await once();
 *   } catch (error) {
 *     return goOnAfter(plan(), once, error, startedAt);
 *   }
 * }
 * ```
 */
export function goOnAfter<T>(
  plan: AttemptPlan,
  run: (attempt: number) => T | PromiseLike<T>,
  error: unknown,
  startedAt: number,
): Promise<T> {
  return new FailedCall(plan, run).goOn(error, startedAt);
}

/** The end of a call that was given up before its first attempt. */
export function givenUpBefore(signal: AbortSignal): AttemptFailure {
  return {
    stopReason: 'aborted',
    error: signal.reason,
    verdict: undefined,
    refusal: undefined,
    attempts: [],
    attemptCount: 0,
    outcome: 'not-sent',
  };
}

/** A call whose first attempt has failed. */
class FailedCall<T> {
  readonly #plan: AttemptPlan;
  readonly #run: (attempt: number) => T | PromiseLike<T>;
  readonly #log = new AttemptLog();
  #error: unknown;
  #verdict: Verdict | undefined;
  #refusal: Refusal | undefined;
  #stop: StopReason | undefined;
  #previousMs = 0;
  /** Tokens that the retry under way has taken. */
  #cost = 0;

  constructor(plan: AttemptPlan, run: (attempt: number) => T | PromiseLike<T>) {
    this.#plan = plan;
    this.#run = run;
  }

  async goOn(error: unknown, startedAt: number): Promise<T> {
    this.#failed(1, error, startedAt);
    if (this.#plan.maxRetries > 0 && this.#stopOf() === undefined) {
      try {
        return await loopAfterFailure(
          this.#plan.maxRetries,
          (n) => this.#attempt(n),
          () => this.#again(),
        );
      } catch {
        // why it ended is in the fields
      }
    }
    throw this.#end();
  }

  async #attempt(number: number): Promise<T> {
    const startedAt = this.#plan.clock.now();
    try {
      const value = await this.#run(number);
      this.#plan.budget?.release(this.#cost);
      return value;
    } catch (error) {
      this.#failed(number, error, startedAt);
      throw error;
    }
  }

  #failed(number: number, thrown: unknown, startedAt: number): void {
    const plan = this.#plan;
    if (thrown instanceof Refusal) {
      plan.budget?.release(this.#cost); // the retry was not made
      this.#refusal = thrown;
      return;
    }
    const given = abortedWith(thrown);
    const verdict = plan.verdictOf(given ?? thrown);
    this.#error = given ?? thrown;
    this.#verdict = given ? { ...verdict, transient: false } : verdict;
    const now = plan.clock.now();
    this.#log.add({
      attempt: number,
      startedAt: new Date(plan.clock.epochNow() - (now - startedAt)),
      durationMs: now - startedAt,
      kind: verdict.kind,
      outcome: verdict.outcome,
      message: plan.messageOf(this.#error),
      ...(verdict.code === undefined ? undefined : { code: verdict.code }),
    });
  }

  /** Why no attempt may follow, as far as the last failure tells; `undefined` if one may. */
  #stopOf(): StopReason | undefined {
    if (this.#stop) return this.#stop;
    if (this.#refusal) return this.#refusal.stopReason;
    if (this.#plan.signal?.aborted) return 'aborted';
    const verdict = this.#verdict;
    if (!verdict?.transient)
      return verdict?.kind === 'aborted' && this.#plan.signal?.aborted ? 'aborted' : 'permanent';
    return this.#plan.veto?.(verdict);
  }

  /** Waits, if another attempt may follow. Called by p-retry, so it must not throw. */
  async #again(): Promise<boolean> {
    const plan = this.#plan;
    const verdict = this.#verdict as Verdict;
    this.#stop = this.#stopOf();
    if (this.#stop) return false;
    const wait = this.#waitAfter(verdict);
    if (plan.clock.now() + wait.delayMs >= plan.deadline) {
      return this.#stopFor(wait.source === 'backoff' ? 'deadline' : 'retry-after-too-long');
    }
    this.#refusal = plan.refuse?.(wait.delayMs);
    if (this.#refusal) return this.#stopFor(this.#refusal.stopReason);
    const cost = plan.budget?.tryAcquire(verdict.kind) ?? 0;
    if (cost < 0) return this.#stopFor('budget');
    this.#cost = cost;
    this.#log.waited(wait.delayMs, wait.source);
    this.#tellRetry(verdict.kind, wait.delayMs);
    plan.retrying?.(wait);
    try {
      await plan.clock.sleep(wait.delayMs, plan.signal);
    } catch {
      plan.budget?.release(cost);
      return this.#stopFor('aborted');
    }
    if (plan.clock.now() < plan.deadline) return true;
    plan.budget?.release(cost); // a timer may be late
    return this.#stopFor('deadline');
  }

  #stopFor(reason: StopReason): false {
    this.#stop = reason;
    return false;
  }

  #waitAfter(verdict: Verdict): Wait {
    const plan = this.#plan;
    const other = plan.waitFor?.(verdict);
    if (other) return other;
    const drawnMs = plan.backoff({
      retry: this.#log.count,
      previousMs: this.#previousMs,
      kind: verdict.kind,
      random: plan.random,
    });
    this.#previousMs = drawnMs;
    const hintMs = verdict.retryAfterMs;
    if (hintMs === undefined) return { delayMs: drawnMs, source: 'backoff' };
    const hintedMs = hintMs + Math.min(hintMs * HINT_JITTER, HINT_JITTER_MAX_MS) * plan.random();
    return hintedMs < drawnMs
      ? { delayMs: drawnMs, source: 'backoff' }
      : { delayMs: hintedMs, source: 'retry-after' };
  }

  #tellRetry(failure: FailureKind, delayMs: number): void {
    if (!isObserved('retry')) return;
    const code = this.#verdict?.code;
    publish({
      kind: 'retry',
      name: this.#plan.name,
      package: this.#plan.package,
      attempt: this.#log.count,
      delayMs,
      failure,
      ...(code === undefined ? undefined : { code }),
    });
  }

  #end(): unknown {
    return this.#plan.fail({
      stopReason: this.#stopOf() ?? 'attempts',
      error: this.#error,
      verdict: this.#verdict,
      refusal: this.#refusal,
      attempts: this.#log.records,
      attemptCount: this.#log.count,
      outcome: this.#log.worst,
    });
  }
}
