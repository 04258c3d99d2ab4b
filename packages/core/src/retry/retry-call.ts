import { maskMessage } from '../errors/mask.ts';
import { sharedLogger } from '../log/logger.ts';
import type { DeadlineScope } from '../time/deadline.ts';
import { runLimited } from '../time/run-limited.ts';
import { timeIsUp } from '../time/time-is-up.ts';
import { WorkScope } from '../time/work-scope.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { finalError } from './final-error.ts';
import type { RetrySettings } from './options.ts';
import { Refusal } from './refusal.ts';
import { type AttemptPlan, givenUpBefore, goOnAfter } from './run-attempts.ts';

/** What an attempt is given. */
export interface RetryContext {
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborted when the total time is up, or the caller gives up; made when it is first read. */
  readonly signal: AbortSignal;
  /** The instant, on the clock's scale, after which nothing of this call is running; `Infinity` for none. */
  readonly deadline: number;
}

/** What the first attempt of a call is given that nothing bounds: its signal is never aborted. */
export class FreeScope implements RetryContext {
  readonly attempt = 1;
  readonly deadline: number = Number.POSITIVE_INFINITY;
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }
}

class AttemptScope extends WorkScope implements RetryContext {
  readonly attempt: number;

  constructor(attempt: number, deadline: number, parent: AbortSignal | undefined) {
    super(deadline, parent);
    this.attempt = attempt;
  }
}

/** An attempt that the call's own time has ended: no other follows, but it was not a permanent failure. */
const TIME_UP: Verdict = Object.freeze({ transient: true, kind: 'timeout', outcome: 'unknown' });

/** One call: its attempts, and the rules that follow once the first of them has failed. */
export class RetryCall<T> {
  readonly #work: (context: RetryContext) => T | PromiseLike<T>;
  readonly #settings: RetrySettings;
  readonly #deadline: number;
  /** The enclosing scope, if it ends before the call's own time. */
  readonly #outer: DeadlineScope | undefined;
  #timeUp: Error | undefined;

  constructor(
    work: (context: RetryContext) => T | PromiseLike<T>,
    settings: RetrySettings,
    deadline: number,
    outer: DeadlineScope | undefined,
  ) {
    this.#work = work;
    this.#settings = settings;
    this.#deadline = deadline;
    this.#outer = outer;
  }

  attempt(number: number, now: number): Promise<T> {
    const { clock, signal, name, timeoutMs } = this.#settings;
    const scope = new AttemptScope(number, this.#deadline, signal);
    return runLimited(scope, this.#work, {
      clock,
      ms: this.#deadline - now,
      since: now,
      signal,
      onTimeout: () => (this.#timeUp = timeIsUp(name, timeoutMs, this.#outer)),
    });
  }

  /** The error for a caller who has given up before. */
  givenUp(signal: AbortSignal): unknown {
    return finalError(this.#settings.name, givenUpBefore(signal));
  }

  /** What comes after a first attempt that has failed. */
  goOn(error: unknown, startedAt: number): Promise<T> {
    const { clock } = this.#settings;
    const next = (number: number): Promise<T> => {
      const now = clock.now();
      if (now >= this.#deadline) throw new Refusal('deadline', 'the time is up');
      return this.attempt(number, now);
    };
    return goOnAfter(this.#plan(), next, error, startedAt);
  }

  #plan(): AttemptPlan {
    const { name, clock, classify, logger, ...settings } = this.#settings;
    // an attempt that the call's own time has ended: no other follows, but it was no permanent failure
    const isTimeUp = (error: unknown): boolean => error !== undefined && error === this.#timeUp;
    let last: unknown;
    return {
      ...settings,
      name,
      clock,
      package: 'core',
      deadline: this.#deadline,
      verdictOf: (error) => {
        last = error;
        return isTimeUp(error) ? TIME_UP : (classify(error, clock.epochNow()) ?? settings.unknown);
      },
      messageOf: maskMessage,
      veto: () => (isTimeUp(last) ? 'deadline' : undefined),
      retrying: ({ delayMs, source }) => {
        const facts = { name, delayMs, delaySource: source };
        (logger ?? sharedLogger()).debug(facts, 'an attempt failed, another follows');
      },
      fail: (failure) => finalError(name, failure),
    };
  }
}
