import type { Clock, TimerHandle } from '@resilient/core';

interface Waiter {
  enter(): void;
}

/** How an attempt to enter a {@link WaitingLine} ended: `full` if too many wait already. */
export type Entering = 'entered' | 'late' | 'full';

/** A number of places, taken first come, first served, by callers who give up at their deadline or when aborted. */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #maxWaiting: number;
  readonly #waiters = new Set<Waiter>();
  #free: number;

  constructor(places: number, clock: Clock, maxWaiting: number = Number.POSITIVE_INFINITY) {
    this.#free = places;
    this.#clock = clock;
    this.#maxWaiting = maxWaiting;
  }

  /** Callers that wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Places that nobody has. */
  get free(): number {
    return this.#free;
  }

  /** Takes a place if one is free. */
  tryEnter(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  /** Takes a place, at the latest at the deadline. Rejects with the signal's reason when aborted. */
  enter(deadline: number, signal: AbortSignal | undefined): Promise<Entering> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.tryEnter()) return Promise.resolve('entered');
    if (this.#waiters.size >= this.#maxWaiting) return Promise.resolve('full');
    return new Promise((resolve, reject) => {
      let timer: TimerHandle;
      const leave = (): void => {
        this.#waiters.delete(waiter);
        this.#clock.clearTimer(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        enter: () => {
          leave();
          resolve('entered');
        },
      };
      timer = this.#clock.setTimer(
        () => {
          leave();
          resolve('late');
        },
        Math.max(0, deadline - this.#clock.now()),
      );
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Gives a place to who has waited longest. */
  leave(): void {
    const [next] = this.#waiters;
    if (next) next.enter();
    else this.#free += 1;
  }
}
