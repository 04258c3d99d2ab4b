import { randomUUID } from 'node:crypto';
import {
  type AttemptFailure,
  type AttemptPlan,
  type Backoff,
  type Clock,
  classifyValidation,
  isObserved,
  publish,
  type Refusal,
  type RetryBudget,
  runAttempts,
  type StopReason,
  startLimited,
  TimeoutError,
  type Verdict,
  type Wait,
  WorkScope,
} from '@resilient/core';
import { NO_PERMIT } from '../breaker/breaker.ts';
import type { ApiCallError } from '../errors/api-call-error.ts';
import type { Memory } from '../memory/memory.ts';
import { drain } from '../verdict/drain.ts';
import { factsOf } from '../verdict/error-facts.ts';
import { FailedValue } from '../verdict/failed-value.ts';
import { judgeValue } from '../verdict/judge-value.ts';
import { AttemptScope, type KeySource } from './attempt-scope.ts';
import type { CallParts } from './call-parts.ts';
import { finalError, messageOf } from './final-error.ts';
import { type Judgement, judgeAttempt, voteOnAttempt } from './judge-attempt.ts';
import { endLink } from './lasting-link.ts';
import { circuitOpen, closedClient, gateTooLong, givenUp, outOfTime, saturated } from './refusals.ts';

/** Reasons of our own for which a value that failed is not handed on. */
const REFUSALS: ReadonlySet<StopReason> = new Set([
  'circuit-open',
  'saturated',
  'budget',
  'closed',
  'aborted',
]);

/** A probe whose attempt has no limit is given up after so long, and another may pass beside it. */
const LONGEST_LEASE_MS = 60_000;

/** The running calls of a client; see {@link RunningCalls}. */
export interface CallList {
  add(call: Call<unknown>): void;
  remove(call: Call<unknown>): void;
}

/** One call: its attempts, in the order of the pipeline, and what is shared with the other calls of its name. */
export class Call<T> implements AttemptPlan, KeySource {
  readonly #parts: CallParts<T>;
  #key: string | undefined;
  #keyRead = false;
  /** The attempt under way. */
  #scope: AttemptScope | undefined;
  /** Ends waits: the caller's abort and the client's end. Made when there is something to wait for. */
  #life: WorkScope | undefined;
  #judged: Judgement | undefined;
  #failures = 0;
  /** How long the gate holds this call after the refusal that closed it. */
  #gateMs: number | undefined;
  /** A value that failed and is still unread. */
  #pending: FailedValue | undefined;
  #closed = false;
  #over = false;
  #reject: ((error: unknown) => void) | undefined;
  /** The neighbours among the running calls of a client. */
  before: Call<unknown> | undefined;
  after: Call<unknown> | undefined;
  #list: CallList | undefined;

  constructor(parts: CallParts<T>) {
    this.#parts = parts;
    this.#key = parts.idempotencyKey;
  }

  get name(): string {
    return this.#parts.name;
  }
  get package(): string {
    return 'http';
  }
  get maxRetries(): number {
    return this.#parts.settings.maxRetries;
  }
  get backoff(): Backoff {
    return this.#parts.settings.backoff;
  }
  get deadline(): number {
    return this.#parts.deadline;
  }
  get clock(): Clock {
    return this.#parts.settings.clock;
  }
  get random(): () => number {
    return this.#parts.settings.random;
  }
  get budget(): RetryBudget | undefined {
    return this.#parts.memory?.budget;
  }
  get signal(): AbortSignal | undefined {
    return this.#life ? this.#life.signal : this.#parts.signal;
  }

  readKey(): string {
    this.#keyRead = true;
    this.#key ??= randomUUID();
    return this.#key;
  }

  /** The clock's time at which it began. */
  get startedAt(): number {
    return this.#parts.startedAt;
  }

  /** Runs it to its end, meanwhile in the list of its client. */
  run(list?: CallList): Promise<T> {
    const { memory, startedAt } = this.#parts;
    if (memory) memory.counters.running += 1;
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      this.#list = list;
      list?.add(this as Call<unknown>);
      runAttempts(this, (attempt) => this.#attempt(attempt), startedAt).then(
        (value) => {
          if (this.#over) return;
          this.#end();
          if (memory) {
            memory.counters.running -= 1;
            memory.counters.successes += 1;
          }
          resolve(value);
        },
        (error: unknown) => {
          if (this.#over) return;
          this.#end();
          if (error instanceof FailedValue) resolve(error.value as T);
          else reject(error);
        },
      );
    });
  }

  /** Ends it at once: its client is closed. */
  close(): void {
    if (this.#over) return;
    const live = this.#scope !== undefined;
    const error = this.#fail(
      { ...NOTHING, attemptCount: live ? 1 : 0, outcome: live ? 'unknown' : 'not-sent' },
      'closed',
    );
    this.#closed = true;
    this.#end();
    this.#scope?.abort(error);
    this.#life?.abort(error);
    this.#reject?.(error);
  }

  /** Refuses it before its first attempt. */
  refused(refusal: Refusal): ApiCallError {
    const { memory } = this.#parts;
    if (memory) memory.counters.running += 1;
    return this.#fail({ ...NOTHING, refusal }, refusal.stopReason);
  }

  #end(): void {
    this.#over = true;
    this.#life?.release();
    this.#list?.remove(this as Call<unknown>);
  }

  // ——— one attempt

  #attempt(number: number): T | Promise<T> {
    const { memory, settings, startedAt } = this.#parts;
    const now = number === 1 ? startedAt : settings.clock.now();
    if (this.#closed) throw closedClient();
    if (!memory) return this.#send(number, now);
    const isOpen = memory.breaker?.mayPass(now) === false;
    if (isOpen && !settings.waitForBreaker) throw circuitOpen(memory);
    const gate = memory.gates.closed(settings.rateLimitKey, now);
    return isOpen || gate ? this.#afterWaits(number, memory, now) : this.#send(number, now);
  }

  /** Waits at the circuit and the gate until both let it through, then sends. */
  async #afterWaits(number: number, memory: Memory, since: number): Promise<T> {
    const { settings, deadline } = this.#parts;
    const { breaker, gates } = memory;
    const visit = { deadline, signal: this.#lifeline().signal, again: number > 1 };
    for (let now = since; ; now = settings.clock.now()) {
      if (this.#closed) throw closedClient();
      if (now >= deadline) throw outOfTime();
      const gate = gates.closed(settings.rateLimitKey, now);
      if (breaker?.mayPass(now) === false) {
        if (!settings.waitForBreaker) throw circuitOpen(memory);
        if (!(await this.#passed(breaker.enter(now, visit)))) throw circuitOpen(memory);
      } else if (gate) {
        if (!(await this.#passed(gate.enter(now, visit))))
          throw gateTooLong(memory, gate, settings.clock.now());
      } else return this.#send(number, now);
      visit.again = true;
    }
  }

  /** What came of a wait; one that was given up ends the call. */
  async #passed(entered: Promise<boolean>): Promise<boolean> {
    try {
      return await entered;
    } catch {
      throw this.#closed ? closedClient() : givenUp();
    }
  }

  async #send(number: number, now: number): Promise<T> {
    const { settings, memory, deadline, fn, signal } = this.#parts;
    const ms = Math.min(settings.attemptTimeoutMs, deadline - now);
    const permit = memory ? this.#admit(memory, number, now, settings.attemptTimeoutMs) : NO_PERMIT;
    const scope = new AttemptScope(this, number, deadline, signal);
    this.#scope = scope;
    let timeout: unknown;
    try {
      const value = await startLimited(scope, fn, {
        clock: settings.clock,
        ms,
        signal,
        onTimeout: () => {
          timeout = this.#timeoutOf(ms);
          return timeout;
        },
      });
      if (typeof value === 'object' || settings.classifyResult) {
        const failed = judgeValue(value, settings, now + ms);
        const known = failed instanceof Promise ? await failed : failed;
        if (known) throw known;
      }
      if (memory) this.#succeeded(memory, permit);
      if (signal) endLink(scope, value);
      return value;
    } catch (error) {
      this.#failed(error, permit, error === timeout ? ms : undefined);
      if (error instanceof FailedValue) endLink(scope, error.value);
      else scope.release();
      throw error;
    } finally {
      this.#scope = undefined;
      if (memory) memory.inUse -= 1;
    }
  }

  /** Takes a slot and a permit, and counts an attempt that is sent. */
  #admit(memory: Memory, number: number, now: number, leaseMs: number): number {
    const { breaker, counters, settings } = memory;
    if (memory.inUse >= settings.concurrency) throw saturated(memory);
    const permit = breaker ? breaker.permit(now, Math.min(leaseMs, LONGEST_LEASE_MS)) : NO_PERMIT;
    if (breaker && permit === NO_PERMIT) throw circuitOpen(memory);
    memory.inUse += 1;
    counters.attempts += 1;
    if (number > 1) counters.retries += 1;
    return permit;
  }

  #timeoutOf(ms: number): TimeoutError {
    if (isObserved('timeout')) publish({ kind: 'timeout', name: this.name, package: 'http', timeoutMs: ms });
    return new TimeoutError(ms);
  }

  #succeeded(memory: Memory, permit: number): void {
    const now = this.clock.now();
    memory.counters.ok += 1;
    memory.breaker?.report(permit, 'success', now);
    memory.gates.answered(this.#parts.settings.rateLimitKey, now);
  }

  #failed(error: unknown, permit: number, timeoutMs: number | undefined): void {
    const { memory, settings, signal } = this.#parts;
    const now = settings.clock.now();
    const attempt = { error, timeoutMs, isClosed: this.#closed, settings, signal };
    const verdict = judgeAttempt(attempt);
    this.#judged = { error, verdict };
    this.#failures += 1;
    this.#pending = error instanceof FailedValue ? error : undefined;
    this.#gateMs = undefined;
    if (!memory) return;
    const status = error instanceof FailedValue ? error.status : factsOf(error)?.status;
    memory.counters.attemptFailed(verdict.kind);
    memory.breaker?.report(permit, voteOnAttempt(attempt, verdict, status), now);
    // 425 asks this request alone to wait
    if (verdict.kind === 'rate-limit' && status !== 425) {
      this.#gateMs = memory.gates.of(settings.rateLimitKey).close(now, verdict.retryAfterMs);
    }
  }

  #lifeline(): WorkScope {
    this.#life ??= new WorkScope(this.#parts.deadline, this.#parts.signal);
    return this.#life;
  }

  // ——— what runAttempts asks

  verdictOf(error: unknown): Verdict {
    if (this.#judged && this.#judged.error === error) return this.#judged.verdict;
    const { settings, signal } = this.#parts; // an error taken out of p-retry's AbortError
    return judgeAttempt({ error, timeoutMs: undefined, isClosed: this.#closed, settings, signal });
  }

  messageOf(error: unknown): string {
    return messageOf(error);
  }

  veto(verdict: Verdict): StopReason | undefined {
    if (this.#closed) return 'closed';
    if (verdict.outcome !== 'unknown') return undefined;
    return (this.#parts.settings.idempotent ?? this.#keyRead) ? undefined : 'unknown-outcome';
  }

  waitFor(verdict: Verdict): Wait | undefined {
    if (this.#gateMs !== undefined) return { delayMs: this.#gateMs, source: 'gate' };
    if (verdict.kind !== 'rate-limit' || verdict.retryAfterMs !== undefined) return undefined;
    const { rateLimitBackoff, random } = this.#parts.settings;
    const delayMs = rateLimitBackoff({ retry: this.#failures, previousMs: 0, kind: verdict.kind, random });
    return { delayMs, source: 'backoff' };
  }

  refuse(): Refusal | undefined {
    const { memory, settings, deadline } = this.#parts;
    if (memory?.breaker?.mayPass(settings.clock.now()) !== false) return undefined;
    return settings.waitForBreaker && memory.breaker.opensBefore(deadline) ? undefined : circuitOpen(memory);
  }

  retrying(): void {
    this.#lifeline();
    if (this.#pending) drain(this.#pending.value, this.clock);
    this.#pending = undefined;
  }

  fail(failure: AttemptFailure): unknown {
    const stopReason = this.#closed ? 'closed' : failure.stopReason;
    const { memory } = this.#parts;
    if (this.#over) return failure.error; // nobody hears it any more
    if (failure.verdict?.kind === 'bug' || (failure.attemptCount === 1 && isValidation(failure))) {
      memory?.counters.failed('BUG');
      return failure.error;
    }
    if (stopReason === 'budget' && memory) memory.counters.refusals.budget += 1;
    const error = this.#fail(failure, stopReason);
    if (this.#pending && !REFUSALS.has(stopReason)) return this.#pending;
    if (this.#pending) drain(this.#pending.value, this.clock);
    return error;
  }

  #fail(failure: AttemptFailure, stopReason: StopReason): ApiCallError {
    const { name, settings, memory, signal } = this.#parts;
    const now = settings.clock.epochNow();
    const error = finalError({
      name,
      failure,
      stopReason,
      timeoutMs: settings.timeoutMs,
      retryAt: this.#gateMs === undefined ? undefined : new Date(Math.ceil(now + this.#gateMs)),
      now,
      abortReason: signal?.reason,
    });
    memory?.counters.failed(error.code);
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

/** A validator's error is the caller's own: it comes back as the same object. */
function isValidation({ error, verdict }: AttemptFailure): boolean {
  return (
    verdict?.kind === 'invalid' && verdict.code === undefined && classifyValidation(error, 0) !== undefined
  );
}
