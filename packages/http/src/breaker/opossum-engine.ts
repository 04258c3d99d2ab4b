import { EventEmitter } from 'node:events';
import type { Clock } from '@resilient/core';
// @ts-expect-error opossum brings no types, and those of others lack what is used here
import CircuitBreaker from 'opossum';
import type { RollingWindow } from './rolling-window.ts';

/** The members of opossum's statistics that opossum itself calls. */
interface OpossumStatus {
  readonly stats: { readonly fires: number; readonly failures: number };
  increment(property: string): void;
  open(): void;
  close(): void;
  startListeneningForRotateEvent(): void;
  removeRotateBucketControllerListener(): void;
}

/** The members of opossum's breaker in use. */
interface Opossum {
  readonly opened: boolean;
  fire(): Promise<unknown>;
  fallback(answer: () => undefined): unknown;
  open(): void;
  close(): void;
  shutdown(): void;
}

interface OpossumClass {
  new (action: () => unknown, options: object): Opossum;
  newStatus(options: object): OpossumStatus;
}

const Breaker = CircuitBreaker as OpossumClass;

/** Keeps opossum from starting an interval of its own for each breaker. Nothing is ever emitted. */
const QUIET = new EventEmitter();

const STATUS_OPTIONS = {
  rotateBucketController: QUIET,
  enableSnapshots: false,
  rollingPercentilesEnabled: false,
};

/** opossum's class of statistics, which its documented factory gives away. */
const Status = Breaker.newStatus(STATUS_OPTIONS).constructor as new (options: object) => OpossumStatus;

/** The statistics by which opossum decides, kept in our window, on our clock, without its intervals and latencies. */
class WindowStatus extends Status {
  readonly #window: RollingWindow;
  readonly #clock: Clock;

  constructor(window: RollingWindow, clock: Clock) {
    super(STATUS_OPTIONS);
    this.#window = window;
    this.#clock = clock;
  }

  override get stats(): { readonly fires: number; readonly failures: number } {
    const { calls, failures } = this.#window.totals(this.#clock.now());
    return { fires: calls, failures };
  }

  override increment(property: string): void {
    if (property === 'fires') this.#window.add(this.#clock.now(), 1, 0);
    else if (property === 'failures') this.#window.add(this.#clock.now(), 0, 1);
  }

  override open(): void {}
  override close(): void {}
  override startListeneningForRotateEvent(): void {}
  override removeRotateBucketControllerListener(): void {}
}

/** opossum opens at more than a rate, the contract at the rate itself. */
const JUST_BELOW = 1e-9;

/** opossum's timer of half-opening is never to fire: longer ones would fire after 1 ms. */
const PARKED_MS = 2 ** 31 - 1;

const FAILED = Object.freeze({ failed: true });

const failing = (): never => {
  throw FAILED;
};

/** When opossum is to open. */
export interface EngineOptions {
  /** From 0 to 1. */
  readonly failureRate: number;
  readonly minCalls: number;
}

/**
 * opossum as a state machine: it decides when to open, and holds open and closed. It is fed with failures that have
 * happened; its half-open, timeout, capacity, cache and error filter are not used, so their faults cannot reach a caller.
 */
export class OpossumEngine {
  readonly #breaker: Opossum;
  readonly #window: RollingWindow;

  constructor(window: RollingWindow, clock: Clock, options: EngineOptions) {
    this.#window = window;
    this.#breaker = new Breaker(failing, {
      timeout: false,
      resetTimeout: PARKED_MS,
      errorThresholdPercentage: options.failureRate * 100 - JUST_BELOW,
      volumeThreshold: options.minCalls,
      enableSnapshots: false,
      rollingPercentilesEnabled: false,
      status: new WindowStatus(window, clock),
    });
    this.#breaker.fallback(() => undefined); // so that no rejected promise is left
  }

  get isOpen(): boolean {
    return this.#breaker.opened;
  }

  /** A call has succeeded. Straight to the window: it can open nothing, and costs a fifteenth of `fire`. */
  succeeded(now: number): void {
    this.#window.add(now, 1, 0);
  }

  /** A call has failed; opossum may open. */
  failed(): void {
    void this.#breaker.fire();
  }

  open(): void {
    this.#breaker.open();
  }

  /** Closes, with an empty window. */
  close(): void {
    this.#breaker.close();
    this.#window.clear();
  }

  /** For good: no timer, no listener. */
  shutdown(): void {
    this.#breaker.shutdown();
  }
}
