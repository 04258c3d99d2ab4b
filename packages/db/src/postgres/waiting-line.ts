import type { Clock, TimerHandle } from '@resilient/core';

interface Waiter {
  enter(): void;
}

/** A number of places, taken first come, first served, by callers who give up at their deadline or when aborted. */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #free: number;

  constructor(places: number, clock: Clock) {
    this.#free = places;
    this.#clock = clock;
  }

  /** Callers that wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Places that nobody has. */
  get free(): number {
    return this.#free;
  }

  /** Takes a place; answers `false` if none was free until the deadline. Rejects with the signal's reason when aborted. */
  enter(deadline: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
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
          resolve(true);
        },
      };
      timer = this.#clock.setTimer(
        () => {
          leave();
          resolve(false);
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
