import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock, TimerHandle } from '@resilient/core';

/** One request of a race. */
export interface Runner<T> {
  readonly result: Promise<T>;
  /** Stops it: another has won. */
  lose(): void;
}

/** A race between one request and those that are sent beside it when it is slow. */
export interface RaceParts<T> {
  readonly clock: Clock;
  readonly afterMs: number;
  readonly max: number;
  readonly first: Runner<T>;
  /** Sends another; `undefined` if that cannot be, which is asked again after the next `afterMs`. */
  launch(): Runner<T> | undefined;
  /** The one among the errors of all that counts. */
  worst(errors: readonly unknown[]): unknown;
}

/** The first success wins, and the others are stopped; a failure does not win while another request runs. */
export function race<T>({ clock, afterMs, max, first, launch, worst }: RaceParts<T>): Promise<T> {
  // timers may be shared with others: what is launched belongs to the caller's context all the same
  const inContext = AsyncLocalStorage.snapshot();
  return new Promise((resolve, reject) => {
    const running = new Set<Runner<T>>();
    const errors: unknown[] = [];
    let asked = 0;
    let timer: TimerHandle;
    const watch = (runner: Runner<T>): void => {
      running.add(runner);
      runner.result.then(
        (value) => {
          if (!running.delete(runner)) return;
          clock.clearTimer(timer);
          resolve(value);
          for (const loser of [...running]) {
            running.delete(loser);
            loser.lose();
          }
        },
        (error: unknown) => {
          if (!running.delete(runner)) return;
          errors.push(error);
          if (running.size > 0) return;
          clock.clearTimer(timer);
          reject(worst(errors));
        },
      );
    };
    const arm = (): void => {
      timer = clock.setTimer(() => inContext(next), afterMs);
    };
    const next = (): void => {
      asked += 1;
      const runner = launch();
      if (runner) watch(runner);
      if (asked < max) arm();
    };
    watch(first);
    arm();
  });
}
