import {
  type AttemptFailure,
  type AttemptPlan,
  type Backoff,
  type Clock,
  classifyValidation,
  goOnAfter,
  type Refusal,
  type RetryBudget,
  runAttempts,
  type StopReason,
  type Verdict,
  type Wait,
} from '@resilient/core';
import { ApiCallError } from '../errors/api-call-error.ts';
import { runFallback } from '../fallback/run-fallback.ts';
import { drain } from '../verdict/drain.ts';
import { FailedValue } from '../verdict/failed-value.ts';
import { finalError, messageOf } from './final-error.ts';
import { circuitOpen } from './refusals.ts';
import { Sender } from './sender.ts';

/** Reasons of our own for which a value that failed is not handed on. */
const REFUSALS: ReadonlySet<StopReason> = new Set([
  'circuit-open',
  'saturated',
  'budget',
  'closed',
  'aborted',
]);

/** The running calls of a client; see {@link RunningCalls}. */
export interface CallList {
  add(call: Call<unknown>): void;
  remove(call: Call<unknown>): void;
}

/** One call: what follows each attempt, how it ends, and what is counted. */
export class Call<T> extends Sender<T> implements AttemptPlan {
  #over = false;
  #resolve: ((value: T | Promise<T>) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** What the caller gets, or the fallback, if a value that failed is handed on. */
  #final: ApiCallError | undefined;
  /** The neighbours among the running calls of a client. */
  before: Call<unknown> | undefined;
  after: Call<unknown> | undefined;
  #list: CallList | undefined;

  get name(): string {
    return this.parts.name;
  }
  get package(): string {
    return 'http';
  }
  get maxRetries(): number {
    return this.parts.settings.maxRetries;
  }
  get backoff(): Backoff {
    return this.parts.settings.backoff;
  }
  get deadline(): number {
    return this.parts.deadline;
  }
  get clock(): Clock {
    return this.parts.settings.clock;
  }
  get random(): () => number {
    return this.parts.settings.random;
  }
  get budget(): RetryBudget | undefined {
    return this.parts.memory?.budget;
  }
  get signal(): AbortSignal | undefined {
    return this.life ? this.life.signal : this.parts.signal;
  }

  /** The clock's time at which it began. */
  get startedAt(): number {
    return this.parts.startedAt;
  }

  /** Runs it to its end, meanwhile in the list of its client. */
  run(list?: CallList): Promise<T> {
    const { memory, startedAt } = this.parts;
    if (memory) {
      memory.counters.running += 1;
      memory.usedAt = startedAt;
    }
    return new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#list = list;
      list?.add(this as Call<unknown>);
      if (this.signal?.aborted)
        this.#follow(runAttempts(this, (attempt) => this.attempt(attempt), this.parts.startedAt));
      else this.#begin();
    });
  }

  /** The first attempt: one that succeeds costs nothing of what would follow a failure. */
  #begin(): void {
    try {
      this.attempt(1).then(
        (value) => {
          this.budget?.release(1);
          this.#succeeded(value);
        },
        (error: unknown) => this.#goOn(error),
      );
    } catch (error) {
      this.#goOn(error);
    }
  }

  #goOn(error: unknown): void {
    this.#follow(goOnAfter(this, (attempt) => this.attempt(attempt), error, this.parts.startedAt));
  }

  #follow(attempts: Promise<T>): void {
    attempts.then(
      (value) => this.#succeeded(value),
      (final: unknown) => this.#failed(final),
    );
  }

  #succeeded(value: T): void {
    if (this.#over) return;
    this.#end();
    const { memory, startedAt } = this.parts;
    if (memory) {
      memory.counters.running -= 1;
      memory.counters.successes += 1;
      memory.callTimes.add(this.succeededAt - startedAt, this.succeededAt);
    }
    this.#resolve?.(value);
  }

  #failed(error: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#resolve?.(this.#answerTo(error));
  }

  /** Ends it at once: its client is closed. */
  close(): void {
    if (this.#over) return;
    const live = (this.scope ? 1 : 0) + (this.beside?.size ?? 0);
    const error = this.#fail(
      { ...NOTHING, attemptCount: live, outcome: live > 0 ? 'unknown' : 'not-sent' },
      'closed',
    );
    this.closed = true;
    this.#end();
    this.scope?.abort(error);
    for (const scope of [...(this.beside ?? [])]) scope.abort(error);
    this.life?.abort(error);
    this.#reject?.(error);
  }

  /** Refuses it before its first attempt. */
  async refused(refusal: Refusal): Promise<T> {
    const { memory } = this.parts;
    if (memory) memory.counters.running += 1;
    return this.#answerTo(this.#fail({ ...NOTHING, refusal }, refusal.stopReason));
  }

  #end(): void {
    this.#over = true;
    this.life?.release();
    this.#list?.remove(this as Call<unknown>);
  }

  /** What the caller gets for a failure: the fallback, the value that failed, or the error. */
  async #answerTo(error: unknown): Promise<T> {
    const final = error instanceof FailedValue ? this.#final : error;
    const { settings } = this.parts;
    if (settings.fallback !== undefined && final instanceof ApiCallError && mayFallBack(final)) {
      const answer = await runFallback(this.name, settings, final);
      if (answer) {
        if (error instanceof FailedValue) drain(error.value, this.clock);
        return answer.value as T;
      }
    }
    if (error instanceof FailedValue) return error.value as T;
    throw error;
  }

  // ——— what runAttempts asks

  verdictOf(error: unknown): Verdict {
    return this.judgementOf(error);
  }

  messageOf(error: unknown): string {
    return messageOf(error);
  }

  veto(verdict: Verdict): StopReason | undefined {
    if (this.closed) return 'closed';
    const { mayRepeat } = this.parts.settings;
    if (mayRepeat && !mayRepeat(verdict)) return 'attempts';
    return verdict.outcome === 'unknown' && !this.isRepeatable ? 'unknown-outcome' : undefined;
  }

  waitFor(verdict: Verdict): Wait | undefined {
    if (this.gateMs !== undefined) return { delayMs: this.gateMs, source: 'gate' };
    if (verdict.kind !== 'rate-limit' || verdict.retryAfterMs !== undefined) return undefined;
    const { rateLimitBackoff, random } = this.parts.settings;
    const delayMs = rateLimitBackoff({ retry: this.failures, previousMs: 0, kind: verdict.kind, random });
    return { delayMs, source: 'backoff' };
  }

  refuse(): Refusal | undefined {
    const { memory, settings, deadline } = this.parts;
    if (memory?.breaker?.mayPass(settings.clock.now()) !== false) return undefined;
    return settings.waitForBreaker && memory.breaker.opensBefore(deadline) ? undefined : circuitOpen(memory);
  }

  retrying(): void {
    this.lifeline();
    if (this.pending) drain(this.pending.value, this.clock);
    this.pending = undefined;
  }

  fail(failure: AttemptFailure): unknown {
    const stopReason = this.closed ? 'closed' : failure.stopReason;
    const { memory } = this.parts;
    if (this.#over) return failure.error; // nobody hears it any more
    if (failure.verdict?.kind === 'bug' || (failure.attemptCount === 1 && isValidation(failure))) {
      memory?.counters.failed('BUG');
      return failure.error;
    }
    if (stopReason === 'budget' && memory) memory.counters.refusals.budget += 1;
    this.#final = this.#fail(failure, stopReason);
    if (this.pending && !REFUSALS.has(stopReason)) return this.pending;
    if (this.pending) drain(this.pending.value, this.clock);
    return this.#final;
  }

  #fail(failure: AttemptFailure, stopReason: StopReason): ApiCallError {
    const { name, settings, memory, signal, startedAt } = this.parts;
    const now = settings.clock.epochNow();
    const error = finalError({
      name,
      failure,
      stopReason,
      timeoutMs: settings.timeoutMs,
      retryAt: this.gateMs === undefined ? undefined : new Date(Math.ceil(now + this.gateMs)),
      now,
      abortReason: signal?.reason,
    });
    if (memory) {
      memory.counters.failed(error.code);
      const endedAt = settings.clock.now();
      memory.callTimes.add(endedAt - startedAt, endedAt);
    }
    return error;
  }
}

const NOTHING: AttemptFailure = {
  stopReason: 'closed',
  error: undefined,
  verdict: undefined,
  refusal: undefined,
  attempts: [],
  attemptCount: 0,
  outcome: 'not-sent',
};

/** Nobody waits any more for what was given up or closed. */
function mayFallBack({ stopReason }: ApiCallError): boolean {
  return stopReason !== 'aborted' && stopReason !== 'closed';
}

/** A validator's error is the caller's own: it comes back as the same object. */
function isValidation({ error, verdict }: AttemptFailure): boolean {
  return (
    verdict?.kind === 'invalid' && verdict.code === undefined && classifyValidation(error, 0) !== undefined
  );
}
