import { randomUUID } from 'node:crypto';
import { peek, publish, type RetryBudget, type Verdict, WorkScope } from '@resilient/core';
import { NO_PERMIT } from '../breaker/breaker.ts';
import { NO_PASS } from '../gate/ramp.ts';
import { type Runner, race } from '../hedge/race.ts';
import type { Memory } from '../memory/memory.ts';
import type { SlotEnd } from '../slots/slots.ts';
import { drain } from '../verdict/drain.ts';
import { factsOf } from '../verdict/error-facts.ts';
import { FailedValue } from '../verdict/failed-value.ts';
import { judgeValue } from '../verdict/judge-value.ts';
import { AttemptScope, type KeySource } from './attempt-scope.ts';
import type { CallParts } from './call-parts.ts';
import { type Judgement, judgeAttempt, passEndOf, slotEndOf, voteOnAttempt } from './judge-attempt.ts';
import { endLink } from './lasting-link.ts';
import { circuitOpen, closedClient, gateTooLong, givenUp, outOfTime, saturated } from './refusals.ts';
import { SentAttempt } from './sent-attempt.ts';

/** A probe whose attempt has no limit is given up after so long, and another may pass beside it. */
const LONGEST_LEASE_MS = 60_000;

/** Why a request is stopped beside which another has won. */
const LOST: unknown = Object.freeze(new DOMException('another request was faster', 'AbortError'));

/** With fewer attempts than this in ten minutes nobody knows what is slow. */
const P95_SAMPLES = 100;

const OUTCOMES = ['not-sent', 'rejected', 'unknown'];

/** Sends the attempts of one call, in the order of the pipeline, and reports what came of each to what is shared. */
export class Sender<T> implements KeySource {
  protected readonly parts: CallParts<T>;
  /** The attempt under way; of a race, the first request. */
  protected scope: AttemptScope | undefined;
  /** The requests beside it. */
  protected beside: Set<AttemptScope> | undefined;
  /** The clock's time at which the last attempt succeeded. */
  protected succeededAt = 0;
  /** Ends waits: the caller's abort and the client's end. Made when there is something to wait for. */
  protected life: WorkScope | undefined;
  protected failures = 0;
  /** How long the gate holds this call after the refusal that closed it. */
  protected gateMs: number | undefined;
  /** A value that failed and is still unread. */
  protected pending: FailedValue | undefined;
  protected closed = false;
  #key: string | undefined;
  #keyRead = false;
  #judged: Judgement | undefined;
  /** The one before: of two requests that race, both may fail. */
  #judgedBefore: Judgement | undefined;

  constructor(parts: CallParts<T>) {
    this.parts = parts;
    this.#key = parts.idempotencyKey;
  }

  readKey(): string {
    this.#keyRead = true;
    this.#key ??= randomUUID();
    return this.#key;
  }

  /** Whether an attempt may be repeated that may have taken effect. */
  protected get isRepeatable(): boolean {
    return this.parts.settings.idempotent ?? this.#keyRead;
  }

  protected lifeline(): WorkScope {
    this.life ??= new WorkScope(this.parts.deadline, this.parts.signal);
    return this.life;
  }

  protected judgementOf(error: unknown): Verdict {
    if (this.#judged && this.#judged.error === error) return this.#judged.verdict;
    if (this.#judgedBefore && this.#judgedBefore.error === error) return this.#judgedBefore.verdict;
    const { settings, signal } = this.parts; // an error taken out of p-retry's AbortError
    return judgeAttempt({ error, timeoutMs: undefined, isClosed: this.closed, settings, signal });
  }

  protected attempt(number: number): Promise<T> {
    const { memory, settings, startedAt } = this.parts;
    const now = number === 1 ? startedAt : settings.clock.now();
    if (this.closed) throw closedClient();
    if (!memory) return this.#run(number, now, NO_PERMIT, NO_PASS, this.parts.signal);
    const isOpen = memory.breaker?.mayPass(now) === false;
    if (isOpen && !settings.waitForBreaker) throw circuitOpen(memory);
    if (isOpen || memory.gates.holding(settings.rateLimitKey) || !memory.slots.tryTake()) {
      return this.#afterWaits(number, memory, now);
    }
    return this.#send(number, now, NO_PASS, memory);
  }

  /** Waits at the circuit, the gate and for a slot until all let it through, then sends. */
  async #afterWaits(number: number, memory: Memory, since: number): Promise<T> {
    const { settings, deadline } = this.parts;
    const { breaker, gates, slots } = memory;
    const visit = { deadline, signal: this.lifeline().signal, again: number > 1 };
    let hasSlot = false;
    let pass = NO_PASS;
    const giveBack = (): void => {
      if (hasSlot) slots.release('neutral', 0);
      if (pass !== NO_PASS) gates.holding(settings.rateLimitKey)?.ended(pass, 'neutral');
      hasSlot = false;
      pass = NO_PASS;
    };
    try {
      for (let now = since; ; now = settings.clock.now()) {
        if (this.closed) throw closedClient();
        if (now >= deadline) throw outOfTime();
        const gate = gates.holding(settings.rateLimitKey);
        if (breaker?.mayPass(now) === false) {
          giveBack();
          if (!settings.waitForBreaker) throw circuitOpen(memory);
          if (!(await this.#passed(breaker.enter(now, visit)))) throw circuitOpen(memory);
          visit.again = true;
        } else if (gate && (pass === NO_PASS || gate.isClosedAt(now))) {
          giveBack();
          pass = gate.tryPass(now);
          if (pass !== NO_PASS) continue;
          if (!(await this.#passed(gate.enter(now, visit))))
            throw gateTooLong(memory, gate, settings.clock.now());
          pass = gate.passNow(settings.clock.now());
          visit.again = true;
        } else if (hasSlot) {
          hasSlot = false; // from here on it is the attempt's
          return await this.#send(number, now, pass, memory);
        } else {
          hasSlot = slots.tryTake() || (await this.#passed(slots.enter(now, visit)));
          if (!hasSlot) throw settings.clock.now() >= deadline ? outOfTime() : saturated(memory);
        }
      }
    } catch (error) {
      if (hasSlot) giveBack();
      throw error;
    }
  }

  /** What came of a wait; one that was given up ends the call. */
  async #passed(entered: Promise<boolean>): Promise<boolean> {
    try {
      return await entered;
    } catch {
      throw this.closed ? closedClient() : givenUp();
    }
  }

  /** Sends an attempt that has its slot: takes the breaker's permit, and gives all back if there is none. */
  #send(number: number, now: number, pass: number, memory: Memory): Promise<T> {
    const { settings, signal } = this.parts;
    const { breaker, counters } = memory;
    const leaseMs = Math.min(settings.attemptTimeoutMs, LONGEST_LEASE_MS);
    const permit = breaker ? breaker.permit(now, leaseMs) : NO_PERMIT;
    if (breaker && permit === NO_PERMIT) {
      memory.slots.release('neutral', 0);
      memory.gates.holding(settings.rateLimitKey)?.ended(pass, 'neutral');
      throw circuitOpen(memory);
    }
    if (number > 1) counters.retries += 1;
    const afterMs = settings.hedge && permit >= 0 ? this.#hedgeAfter(memory, now) : undefined;
    if (afterMs === undefined) return this.#run(number, now, permit, pass, signal);
    return race({
      clock: settings.clock,
      afterMs,
      max: settings.hedge?.max ?? 1,
      first: this.#runner(number, now, permit, pass),
      launch: () => this.#hedge(number, memory),
      worst: (errors) => this.#worst(errors),
    });
  }

  /** Runs the function once, within its time, and reports what came of it. */
  #run(number: number, now: number, permit: number, pass: number, signal?: AbortSignal): Promise<T> {
    const { name, settings, memory, deadline, fn } = this.parts;
    const ms = Math.min(settings.attemptTimeoutMs, deadline - now);
    const scope = new AttemptScope(this, number, deadline, signal);
    if (this.scope) this.#addBeside(scope);
    else this.scope = scope;
    if (memory) {
      memory.counters.attempts += 1;
      memory.counters.attemptsRunning += 1;
    }
    const sent = new SentAttempt(name, settings.clock, ms, now, scope, signal, permit, pass);
    let result: T | PromiseLike<T>;
    try {
      result = sent.start(scope, fn);
    } catch (error) {
      result = Promise.reject(error);
    }
    // not awaited: the state of an async function costs a tenth of the call
    return Promise.resolve(result).then(
      (value) => this.#answered(sent, value),
      (error: unknown) => this.#threw(sent, error),
    );
  }

  #addBeside(scope: AttemptScope): void {
    this.beside ??= new Set();
    this.beside.add(scope);
  }

  /** The function has answered; the value may be a failure all the same. */
  #answered(sent: SentAttempt, value: T): T | Promise<T> {
    const { settings } = this.parts;
    sent.end();
    if (typeof value !== 'object' && !settings.classifyResult) return this.#succeeded(sent, value);
    let failed: FailedValue | Promise<FailedValue> | undefined;
    try {
      failed = judgeValue(value, settings, sent.sentAt + sent.ms);
    } catch (error) {
      return this.#threw(sent, error);
    }
    if (!failed) return this.#succeeded(sent, value);
    return failed instanceof Promise
      ? failed.then((known) => this.#threw(sent, known))
      : this.#threw(sent, failed);
  }

  #succeeded(sent: SentAttempt, value: T): T {
    const { memory, settings } = this.parts;
    const { sentAt, permit, pass } = sent;
    let now = sentAt;
    if (memory) {
      now = settings.clock.now();
      this.succeededAt = now;
      memory.counters.ok += 1;
      memory.breaker?.report(permit, 'success', now);
      if (pass !== NO_PASS) memory.gates.holding(settings.rateLimitKey)?.ended(pass, 'accepted');
      memory.gates.answered(settings.rateLimitKey);
      if (peek(value, '$metadata') !== undefined) memory.watchNested(value);
      memory.attemptTimes.add(now - sentAt, now);
    }
    if (sent.caller) endLink(sent.scope, value);
    this.#left(sent, 'answered', now);
    return value;
  }

  /** It has failed, with an error or a {@link FailedValue}. */
  #threw(sent: SentAttempt, error: unknown): never {
    const now = this.parts.settings.clock.now();
    let end: SlotEnd = 'neutral';
    sent.end();
    try {
      if (error !== LOST) end = this.#failed(sent, error, now);
      else this.#lost(sent, now);
      if (error instanceof FailedValue) endLink(sent.scope, error.value);
      else sent.scope.release();
    } finally {
      this.#left(sent, end, now);
    }
    throw error;
  }

  /** It holds nothing any more of what is shared. */
  #left({ scope, sentAt }: SentAttempt, end: SlotEnd, now: number): void {
    const { memory } = this.parts;
    if (this.scope === scope) this.scope = undefined;
    else this.beside?.delete(scope);
    if (!memory) return;
    memory.counters.attemptsRunning -= 1;
    memory.slots.release(end, now - sentAt);
  }

  /** What its failure means, and what it tells those who share the name. */
  #failed(sent: SentAttempt, error: unknown, now: number): SlotEnd {
    const { memory, settings, signal } = this.parts;
    const { permit, pass, sentAt } = sent;
    const timeoutMs = sent.timeout !== undefined && error === sent.timeout ? sent.ms : undefined;
    const attempt = { error, timeoutMs, isClosed: this.closed, settings, signal };
    const verdict = judgeAttempt(attempt);
    this.#judgedBefore = this.#judged;
    this.#judged = { error, verdict };
    this.failures += 1;
    this.pending = error instanceof FailedValue ? error : undefined;
    this.gateMs = undefined;
    if (!memory) return 'neutral';
    const status = error instanceof FailedValue ? error.status : factsOf(error)?.status;
    memory.counters.attemptFailed(verdict.kind);
    memory.watchNested(error);
    memory.breaker?.report(permit, voteOnAttempt(attempt, verdict, status), now);
    // 425 asks this request alone to wait
    const isLimited = verdict.kind === 'rate-limit' && status !== 425;
    if (isLimited) this.gateMs = memory.gates.of(settings.rateLimitKey).close(now, verdict.retryAfterMs);
    if (pass !== NO_PASS) {
      memory.gates.holding(settings.rateLimitKey)?.ended(pass, isLimited ? 'refused' : passEndOf(verdict));
    }
    memory.attemptTimes.add(now - sentAt, now);
    return slotEndOf(verdict);
  }

  /** Another request has won. */
  #lost({ permit, pass }: SentAttempt, now: number): void {
    const { memory, settings } = this.parts;
    memory?.counters.attemptFailed('aborted');
    memory?.breaker?.report(permit, 'neutral', now);
    memory?.gates.holding(settings.rateLimitKey)?.ended(pass, 'neutral');
  }

  // ——— requests beside a slow one

  #hedgeAfter(memory: Memory, now: number): number | undefined {
    const afterMs = this.parts.settings.hedge?.afterMs;
    if (afterMs !== 'p95') return afterMs;
    const { count, p95 } = memory.slowAt(now);
    return count < P95_SAMPLES ? undefined : p95;
  }

  #runner(number: number, now: number, permit: number, pass: number): Runner<T> {
    const lane = new WorkScope(this.parts.deadline, this.parts.signal);
    const result = this.#run(number, now, permit, pass, lane.signal);
    result.then(
      (value) => endLink(lane, value),
      () => lane.release(),
    );
    return { result, lose: () => lane.abort(LOST) };
  }

  /** One more request, if it may be repeated, and nothing has to be waited for. */
  #hedge(number: number, memory: Memory): Runner<T> | undefined {
    const { settings, deadline } = this.parts;
    const { breaker, gates, slots, budget, counters } = memory;
    const now = settings.clock.now();
    if (this.closed || !this.isRepeatable || now >= deadline || memory.gone) return undefined;
    if (breaker && breaker.state !== 'closed') return undefined;
    const gate = gates.holding(settings.rateLimitKey);
    const pass = gate ? gate.tryPass(now) : NO_PASS;
    if ((gate && pass === NO_PASS) || !slots.tryTake()) {
      gate?.ended(pass, 'neutral');
      return undefined;
    }
    const cost = budget ? budget.tryAcquire('timeout') : 0;
    const permit = breaker ? breaker.permit(now, 0) : NO_PERMIT;
    if (cost < 0) {
      slots.release('neutral', 0);
      gate?.ended(pass, 'neutral');
      return undefined;
    }
    counters.hedges += 1;
    publish({ kind: 'hedge', name: this.parts.name, package: 'http', attempt: number });
    const runner = this.#runner(number, now, permit, pass);
    refundIfWon(runner.result, budget, cost);
    return runner;
  }

  /** Of the failures of a race the one whose outcome is worst; the bodies of the others may go. */
  #worst(errors: readonly unknown[]): unknown {
    const rank = (error: unknown): number => OUTCOMES.indexOf(this.judgementOf(error).outcome);
    const worst = errors.reduce((a, b) => (rank(b) > rank(a) ? b : a));
    for (const error of errors)
      if (error !== worst && error instanceof FailedValue) drain(error.value, this.parts.settings.clock);
    this.pending = worst instanceof FailedValue ? worst : undefined;
    return worst;
  }
}

function refundIfWon(result: Promise<unknown>, budget: RetryBudget | undefined, cost: number): void {
  result.then(
    () => budget?.release(cost),
    () => {},
  );
}
