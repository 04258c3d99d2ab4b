import { type Clock, publish, type TimerHandle, withoutDeadline } from '@resilient/core';
import { bounds, callDefaults } from '../defaults.ts';

/** What a gate needs to live. */
export interface GateParts {
  readonly name: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** It is never closed for longer, in milliseconds, whatever the other side asks for. */
  readonly maxGateMs: number;
}

/** Who may wait no longer than until when. */
export interface GateVisit {
  /** On the clock's scale. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  /** `true` for a call that was let through and refused by the other side: it goes back to the head. */
  readonly refused: boolean;
}

interface Waiter {
  readonly deadline: number;
  settle(passed: boolean): void;
}

/** A hint is passed by up to a hundredth of it, and by at least so many milliseconds, never cut. */
const LEAST_EXTRA_MS = 10;

/**
 * Holds back the calls under one rate limit until the other side wants to be asked again. First come, first served;
 * nobody waits for what comes after the own deadline.
 */
export class Gate {
  readonly #parts: GateParts;
  readonly #refused = new Set<Waiter>();
  readonly #waiters = new Set<Waiter>();
  #openAt = Number.NEGATIVE_INFINITY;
  /** Refusals without a hint since the last success. */
  #blind = 0;
  #timer: TimerHandle;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** The instant, on the clock's scale, at which it opens or opened. */
  get openAt(): number {
    return this.#openAt;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#refused.size + this.#waiters.size;
  }

  /** Closes it, until the hint or for a time that doubles, and answers how long the refused call itself should wait. */
  close(now: number, hintMs: number | undefined): number {
    const { name, clock, random, maxGateMs } = this.#parts;
    const { rateLimitInitialMs, rateLimitMaxMs } = callDefaults;
    const askedMs = hintMs ?? Math.min(rateLimitMaxMs, rateLimitInitialMs * 2 ** this.#blind);
    if (hintMs === undefined) this.#blind += 1;
    const ms = askedMs + Math.max(LEAST_EXTRA_MS, askedMs * 0.01 * random());
    const openAt = now + Math.min(ms, maxGateMs);
    if (openAt > this.#openAt) {
      this.#openAt = openAt;
      this.#refuseLate();
      if (this.waiting > 0) this.#arm(now);
      publish({
        kind: 'rate-limit',
        name,
        package: 'http',
        state: 'closed',
        retryAt: new Date(Math.ceil(clock.epochNow() + openAt - now)),
      });
    }
    return Math.max(ms, this.#openAt - now);
  }

  /** A call has succeeded: the next closing without a hint is short again. */
  answered(): void {
    this.#blind = 0;
  }

  /** Waits until it is open: `false` at once if that is not worth it. Rejects with the signal's reason. */
  enter(now: number, visit: GateVisit): Promise<boolean> {
    const { deadline, signal, refused } = visit;
    if (this.#openAt > deadline || this.waiting >= bounds.waiters) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const queue = refused ? this.#refused : this.#waiters;
      const leave = (): void => {
        queue.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
        if (this.waiting === 0) this.#disarm();
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        deadline,
        settle: (passed) => {
          leave();
          resolve(passed);
        },
      };
      queue.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (this.waiting === 1) this.#arm(now);
    });
  }

  /** Sends everybody away: nobody will open it any more. */
  shutdown(): void {
    for (const waiter of [...this.#refused, ...this.#waiters]) waiter.settle(false);
  }

  #refuseLate(): void {
    for (const waiter of [...this.#refused, ...this.#waiters]) {
      if (waiter.deadline < this.#openAt) waiter.settle(false);
    }
  }

  #arm(now: number): void {
    this.#disarm();
    this.#timer = withoutDeadline(() =>
      this.#parts.clock.setTimer(() => this.#open(), Math.max(0, this.#openAt - now)),
    );
  }

  #disarm(): void {
    this.#parts.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #open(): void {
    this.#timer = undefined;
    publish({ kind: 'rate-limit', name: this.#parts.name, package: 'http', state: 'open' });
    for (const waiter of [...this.#refused, ...this.#waiters]) waiter.settle(true);
  }
}
