import { type Clock, publish, type TimerHandle, withoutDeadline } from '@resilient/core';
import { bounds, callDefaults } from '../defaults.ts';
import { type Visit, WaitingLine } from '../waiting/waiting-line.ts';
import { NO_PASS, type PassEnd, Ramp } from './ramp.ts';

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

/** Without a refusal for so long nobody is counted any more: limits are mostly per minute, or shorter. */
const CALM_MS = 60_000;

/**
 * Of a period that a refusal ends, so many requests should have been accepted: a server that lets one pass every few
 * milliseconds is asked more rarely, for more at a time, or half of all requests would find out where its limit is.
 */
const WORTH_A_REFUSAL = 20;

/** For no longer than this a gate stays closed beyond what the other side asks for. */
const LONGEST_REST_MS = 500;

/** While nothing is answered, the next may pass after so long: one request that hangs must not hold the others. */
const NEXT_MS = 1_000;

/**
 * Holds back the calls under one rate limit until the other side wants to be asked again, then lets through as many as
 * it is known to accept. First come, first served; nobody waits for what comes after the own deadline.
 */
export class Gate {
  readonly #parts: GateParts;
  readonly #line = new WaitingLine(() => this.#disarm());
  readonly #ramp = new Ramp();
  #isClosed = false;
  #openAt = Number.NEGATIVE_INFINITY;
  /** Refusals without a hint since the last success. */
  #blind = 0;
  /** How long it stays closed at least. */
  #restMs = 0;
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

  /** Whether it holds nobody back and has nobody to count. */
  get isFree(): boolean {
    return !this.#isClosed && this.#ramp.isOver;
  }

  /** Whether nobody may pass at `now`. */
  isClosedAt(now: number): boolean {
    return this.#isClosed && now < this.#openAt;
  }

  /** Closes it, until the hint or for a time that doubles, and answers how long the refused call itself should wait. */
  close(now: number, hintMs: number | undefined): number {
    const { name, clock, random, maxGateMs } = this.#parts;
    const { rateLimitInitialMs, rateLimitMaxMs } = callDefaults;
    const askedMs = hintMs ?? Math.min(rateLimitMaxMs, rateLimitInitialMs * 2 ** this.#blind);
    if (hintMs === undefined) this.#blind += 1;
    const hintedMs = askedMs + Math.max(LEAST_EXTRA_MS, askedMs * 0.01 * random());
    if (!this.#isClosed && this.#openAt <= now) this.#adaptRest(hintedMs);
    const ms = Math.max(hintedMs, this.#restMs);
    const openAt = now + Math.min(ms, maxGateMs);
    if (openAt > this.#openAt) {
      this.#isClosed = true;
      this.#openAt = openAt;
      this.#line.sendAway(openAt);
      if (this.waiting > 0) this.#arm(openAt - now);
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

  /** Periods that are too short to be worth their refusal make the next longer. */
  #adaptRest(hintedMs: number): void {
    if (this.#ramp.isOver) this.#restMs = 0;
    else if (this.#ramp.accepted < WORTH_A_REFUSAL)
      this.#restMs = Math.min(LONGEST_REST_MS, Math.max(hintedMs, this.#restMs * 2));
    else if (this.#ramp.accepted >= 2 * WORTH_A_REFUSAL) this.#restMs /= 2;
  }

  /** A call has succeeded: the next closing without a hint is short again. */
  answered(): void {
    this.#blind = 0;
  }

  /** A pass for one attempt; {@link NO_PASS} if it has to wait. To be given back with {@link ended}. */
  tryPass(now: number): number {
    if (this.#isClosed) {
      if (now < this.#openAt || this.waiting > 0) return NO_PASS;
      this.#open();
    }
    if (now - this.#openAt >= CALM_MS) this.#ramp.finish();
    return this.waiting > 0 ? NO_PASS : this.#ramp.take();
  }

  /** The pass of one that was let through by {@link enter}; {@link NO_PASS} if it has closed again. */
  passNow(now: number): number {
    return this.isClosedAt(now) ? NO_PASS : this.#ramp.last;
  }

  /** Waits for a pass: `false` at once if that is not worth it. Rejects with the signal's reason. */
  enter(now: number, visit: Visit): Promise<boolean> {
    if (this.#openAt > visit.deadline || this.waiting >= bounds.waiters) return Promise.resolve(false);
    const entered = this.#line.enter(visit);
    if (this.waiting === 1) this.#arm(this.#isClosed ? this.#openAt - now : NEXT_MS);
    return entered;
  }

  /** An attempt that had a pass is over. */
  ended(pass: number, end: PassEnd): void {
    this.#ramp.ended(pass, end);
    if (this.#isClosed) return;
    if (end === 'accepted' && this.#ramp.mayGrow) this.#ramp.grow();
    this.#serve();
  }

  /** Sends everybody away: nobody will open it any more. */
  shutdown(): void {
    this.#line.settleAll(false);
  }

  #arm(ms: number): void {
    this.#disarm();
    this.#timer = withoutDeadline(() => this.#parts.clock.setTimer(() => this.#due(), Math.max(0, ms)));
  }

  #disarm(): void {
    this.#parts.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #due(): void {
    if (this.#isClosed) {
      this.#isClosed = false;
      this.#tellOpen();
      // the calls that were refused wake at this instant as well, and stand before the others
      this.#arm(0);
      this.#ramp.start();
      return;
    }
    if (!this.#ramp.hasRoom) this.#ramp.grow();
    this.#serve();
    if (this.waiting > 0) this.#arm(NEXT_MS);
  }

  #open(): void {
    this.#isClosed = false;
    this.#disarm();
    this.#ramp.start();
    this.#tellOpen();
  }

  #serve(): void {
    while (this.waiting > 0 && this.#ramp.take() !== NO_PASS) this.#line.letOne();
  }

  #tellOpen(): void {
    publish({ kind: 'rate-limit', name: this.#parts.name, package: 'http', state: 'open' });
  }
}
