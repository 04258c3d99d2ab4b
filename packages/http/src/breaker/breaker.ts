import { type Clock, type Logger, publish, type TimerHandle, withoutDeadline } from '@resilient/core';
import { bounds } from '../defaults.ts';
import { type Visit, WaitingLine } from '../waiting/waiting-line.ts';
import { OpossumEngine } from './opossum-engine.ts';
import type { BreakerSettings } from './options.ts';
import { RollingWindow } from './rolling-window.ts';

/** What a breaker shows. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** What the end of an attempt says about the other side: `throttled` is neutral, but proves to a probe that it is up. */
export type Vote = 'success' | 'failure' | 'neutral' | 'throttled';

/** What a breaker needs to live. */
export interface BreakerParts {
  readonly name: string;
  readonly settings: BreakerSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A waiter that was woken and took no permit, since a gate or its end held it, makes way for the next after so long. */
const NEXT_MS = 100;

/** A permit that was not given. */
export const NO_PERMIT = 0;

/**
 * Decides whether an attempt may be sent. Closed, everything passes; open, nothing does, until its time is over and one
 * probe at a time may find out. A permit is a number: above 0 the generation of a closed breaker, below 0 a probe; a
 * result whose permit is of another generation comes too late, and is ignored.
 */
export class Breaker {
  readonly #parts: BreakerParts;
  readonly #engine: OpossumEngine;
  /** Grows with each opening and closing. */
  #generation = 1;
  #inRow = 0;
  #openUntil = 0;
  /** Openings since the last quiet window. */
  #openings = 0;
  #closedAt = Number.NEGATIVE_INFINITY;
  /** Number of the last probe; the first of the present opening. */
  #probe = 0;
  #firstProbe = 1;
  #leaseUntil = Number.NEGATIVE_INFINITY;
  #isDown = false;
  readonly #line = new WaitingLine(() => this.#disarm());
  #timer: TimerHandle;

  constructor(parts: BreakerParts) {
    this.#parts = parts;
    const { settings, clock } = parts;
    this.#engine = new OpossumEngine(new RollingWindow(settings.windowMs), clock, settings);
  }

  get state(): BreakerState {
    if (!this.#engine.isOpen) return 'closed';
    return this.#parts.clock.now() < this.#openUntil ? 'open' : 'half-open';
  }

  /** When it is worth coming again; `undefined` while it is closed. */
  get retryAt(): Date | undefined {
    if (!this.#engine.isOpen) return undefined;
    const { clock } = this.#parts;
    const now = clock.now();
    const ms = Math.max(this.#openUntil - now, this.#leaseUntil - now, 0);
    return new Date(Math.ceil(clock.epochNow() + ms)); // a date has whole milliseconds, and must not be too early
  }

  /** Whether {@link permit} would give one now. */
  mayPass(now: number): boolean {
    return !this.#engine.isOpen || (now >= this.#openUntil && now >= this.#leaseUntil);
  }

  /** The permit to send an attempt, {@link NO_PERMIT} for none. A probe's is also over after `leaseMs`, if it hangs. */
  permit(now: number, leaseMs: number): number {
    if (!this.#engine.isOpen) return this.#generation;
    if (!this.mayPass(now)) return NO_PERMIT;
    this.#leaseUntil = now + leaseMs;
    this.#probe += 1;
    this.#arm(now);
    if (this.#probe === this.#firstProbe) this.#tell('half-open');
    return -this.#probe;
  }

  /** Whether it may let something through before `deadline`, as far as is known now. */
  opensBefore(deadline: number): boolean {
    return Math.max(this.#openUntil, this.#leaseUntil) <= deadline && this.#line.size < bounds.waiters;
  }

  /** Waits for the turn to ask for a permit: `false` at once if that is not worth it. Rejects with the signal's reason. */
  enter(now: number, visit: Visit): Promise<boolean> {
    if (!this.opensBefore(visit.deadline)) return Promise.resolve(false);
    const entered = this.#line.enter(visit);
    if (this.#line.size === 1) this.#arm(now);
    return entered;
  }

  /** Takes a permit back, with what its attempt has shown. */
  report(permit: number, vote: Vote, now: number): void {
    if (this.#isDown) return; // opossum would reject, with nobody to hear it
    if (permit > 0) this.#reportClosed(permit, vote, now);
    else if (permit < 0) this.#reportProbe(-permit, vote, now);
  }

  #reportClosed(permit: number, vote: Vote, now: number): void {
    if (permit !== this.#generation) return;
    if (vote === 'success') {
      this.#inRow = 0;
      this.#engine.succeeded(now);
    } else if (vote === 'failure') {
      this.#inRow += 1;
      withoutDeadline(() => {
        this.#engine.failed();
        if (this.#inRow >= this.#parts.settings.consecutiveFailures) this.#engine.open();
      });
      if (this.#engine.isOpen) this.#openedAnew(now);
    }
  }

  #reportProbe(probe: number, vote: Vote, now: number): void {
    if (!this.#engine.isOpen || probe < this.#firstProbe) return;
    if (vote === 'neutral') {
      if (probe !== this.#probe) return;
      this.#leaseUntil = Number.NEGATIVE_INFINITY;
      this.#arm(now);
    } else if (vote === 'failure') this.#opened(now);
    else this.#close(now);
  }

  /** Opens it, as failures would. */
  open(): void {
    if (this.#isDown) return;
    const now = this.#parts.clock.now();
    const wasOpen = this.#engine.isOpen;
    withoutDeadline(() => this.#engine.open());
    if (wasOpen) this.#opened(now);
    else this.#openedAnew(now);
  }

  /** Closes it, with an empty window. */
  close(): void {
    if (this.#engine.isOpen) this.#close(this.#parts.clock.now());
  }

  /** For good: no timer of it is left. */
  shutdown(): void {
    this.#isDown = true;
    this.#line.settleAll(true); // to a new memory's breaker, or to none
    this.#engine.shutdown();
  }

  /** Opened from closed: a whole window of that lets the open times start anew. */
  #openedAnew(now: number): void {
    if (now - this.#closedAt >= this.#parts.settings.windowMs) this.#openings = 0;
    this.#opened(now);
  }

  #opened(now: number): void {
    const { settings, random } = this.#parts;
    const ceiling = Math.min(settings.maxOpenMs, settings.openMs * 2 ** this.#openings);
    this.#openings += 1;
    this.#openUntil = now + ceiling * (0.5 + 0.5 * random());
    this.#change();
    this.#tell('open');
    this.#line.sendAway(this.#openUntil);
    this.#arm(now);
  }

  #close(now: number): void {
    this.#engine.close();
    this.#closedAt = now;
    this.#change();
    this.#tell('closed');
    this.#line.settleAll(true);
  }

  #change(): void {
    this.#generation += 1;
    this.#inRow = 0;
    this.#leaseUntil = Number.NEGATIVE_INFINITY;
    this.#firstProbe = this.#probe + 1;
  }

  /** Wakes the first waiter when it may pass; the others when it has been told to, or has gone another way. */
  #arm(now: number): void {
    this.#disarm();
    if (this.#line.size === 0) return;
    const ms = Math.max(this.#openUntil - now, this.#leaseUntil - now, 0);
    this.#timer = withoutDeadline(() => this.#parts.clock.setTimer(() => this.#wake(), ms));
  }

  #wake(): void {
    const { clock } = this.#parts;
    this.#line.letOne();
    if (this.#line.size === 0) return;
    this.#timer = withoutDeadline(() => clock.setTimer(() => this.#arm(clock.now()), NEXT_MS));
  }

  #disarm(): void {
    this.#parts.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #tell(state: BreakerState): void {
    const { name, logger } = this.#parts;
    const retryAt = this.retryAt;
    publish({
      kind: 'breaker',
      name,
      package: 'http',
      state,
      ...(state === 'open' && retryAt ? { retryAt } : undefined),
    });
    if (state === 'open') logger.warn({ dependency: name, retryAt }, 'circuit opened');
    else logger.info({ dependency: name }, state === 'closed' ? 'circuit closed' : 'circuit probed');
  }
}
