import { type Clock, TimeoutError } from '@resilient/core';
import { isLocked } from './sqlite-error.ts';

/** At first every millisecond, which keeps the order of arrival between processes nearly fair. */
const POLL_MS = 1;
/** From here on less often: at 1 ms a wait costs a tenth of a core. */
const PATIENT_AFTER_MS = 1_000;
const PATIENT_POLL_MS = 5;
/** A lock not met for this long has been free in between. */
const EPISODE_MS = 100;

/** Who waits for the lock, and how long. */
export interface LockRequest {
  /** When the unit or statement came, on the clock. */
  readonly arrivedAt: number;
  /** On the clock; the wait ends there at the latest. @defaultValue none but `busyTimeoutMs` */
  readonly deadline?: number | undefined;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits for the locks of other connections by asking again, on the clock's timers, while the event loop is free.
 * Everybody waits for at most `busyTimeoutMs` from his arrival, or from when the lock was first met if that was later,
 * so that a queue behind a lock that is never released does not wait one such time for each of its members.
 */
export class LockWait {
  readonly #clock: Clock;
  readonly #busyTimeoutMs: number;
  #busySince = 0;
  #lastMet = Number.NEGATIVE_INFINITY;
  /** When the lock was last met, on the clock. */
  metAt: number = Number.NEGATIVE_INFINITY;
  /** How often the lock was asked for in vain since the start. */
  polls = 0;

  constructor(clock: Clock, busyTimeoutMs: number) {
    this.#clock = clock;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** How long the lock has been in the way, in milliseconds; 0 if it is not. */
  get busyForMs(): number {
    const now = this.#clock.now();
    return now - this.#lastMet > EPISODE_MS ? 0 : now - this.#busySince;
  }

  /**
   * Runs a step that must change nothing where it fails for a lock, until it does not.
   *
   * @throws TimeoutError `TIMEOUT` when time is up; its cause is the last answer of the database
   */
  async run<T>(step: () => T, request: LockRequest): Promise<T> {
    try {
      return step();
    } catch (error) {
      if (!isLocked(error)) throw error;
      return await this.#poll(step, request, error);
    }
  }

  async #poll<T>(step: () => T, request: LockRequest, first: unknown): Promise<T> {
    const clock = this.#clock;
    const startedAt = clock.now();
    if (startedAt - this.#lastMet > EPISODE_MS) this.#busySince = startedAt;
    this.#lastMet = startedAt;
    this.metAt = startedAt;
    const patience = Math.max(request.arrivedAt, this.#busySince) + this.#busyTimeoutMs;
    const end = Math.min(patience, request.deadline ?? Number.POSITIVE_INFINITY);
    let error = first;
    for (let now = startedAt; now < end; now = clock.now()) {
      const pause = now - startedAt < PATIENT_AFTER_MS ? POLL_MS : PATIENT_POLL_MS;
      await clock.sleep(Math.min(pause, end - now), request.signal);
      this.polls += 1;
      try {
        const result = step();
        this.#lastMet = Number.NEGATIVE_INFINITY;
        return result;
      } catch (failure) {
        if (!isLocked(failure)) throw failure;
        error = failure;
        this.#lastMet = clock.now();
        this.metAt = this.#lastMet;
      }
    }
    const waitedMs = Math.round(clock.now() - request.arrivedAt);
    throw new TimeoutError(end === patience ? this.#busyTimeoutMs : waitedMs, {
      message: `another connection or process held the lock of the SQLite database for ${waitedMs} ms; nothing was done`,
      cause: error,
    });
  }
}
