import { type Clock, publish, type TimerHandle, withoutDeadline } from '@resilient/core';
import { bounds, callDefaults } from '../defaults.ts';
import { type Visit, WaitingLine } from '../waiting/waiting-line.ts';

/** What a gate needs to live. */
export interface GateParts {
  readonly name: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** It is never closed for longer, in milliseconds, whatever the other side asks for. */
  readonly maxGateMs: number;
}

/** A hint is passed by up to a hundredth of it, and by at least so many milliseconds, never cut. */
const LEAST_EXTRA_MS = 10;

/**
 * Holds back the calls under one rate limit until the other side wants to be asked again. First come, first served;
 * nobody waits for what comes after the own deadline.
 */
export class Gate {
  readonly #parts: GateParts;
  readonly #line = new WaitingLine(() => this.#disarm());
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
    return this.#line.size;
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
      this.#line.sendAway(openAt);
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
  enter(now: number, visit: Visit): Promise<boolean> {
    if (this.#openAt > visit.deadline || this.waiting >= bounds.waiters) return Promise.resolve(false);
    const entered = this.#line.enter(visit);
    if (this.waiting === 1) this.#arm(now);
    return entered;
  }

  /** Sends everybody away: nobody will open it any more. */
  shutdown(): void {
    this.#line.settleAll(false);
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
    this.#line.settleAll(true);
  }
}
