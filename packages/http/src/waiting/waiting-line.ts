import { type Clock, type TimerHandle, withoutDeadline } from '@resilient/core';

/** Who may wait no longer than until when. */
export interface Visit {
  /** On the clock's scale. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  /** `true` for one that was let through and turned away: it goes back to the head. */
  readonly again: boolean;
  /** Sent away after so many milliseconds, for a line whose end nobody knows. */
  readonly patience?: { readonly clock: Clock; readonly ms: number };
}

interface Waiter {
  readonly deadline: number;
  settle(passed: boolean): void;
}

/** Calls that wait for the same thing, first come, first served; whoever was turned away stands before the others. */
export class WaitingLine {
  readonly #head = new Set<Waiter>();
  readonly #tail = new Set<Waiter>();
  readonly #onEmpty: () => void;

  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  get size(): number {
    return this.#head.size + this.#tail.size;
  }

  /** Waits to be let through (`true`) or sent away (`false`); rejects with the signal's reason. */
  enter({ deadline, signal, again, patience }: Visit): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const line = again ? this.#head : this.#tail;
      let timer: TimerHandle;
      const leave = (): void => {
        line.delete(waiter);
        patience?.clock.clearTimer(timer);
        signal?.removeEventListener('abort', onAbort);
        if (this.size === 0) this.#onEmpty();
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
      line.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (patience) {
        timer = withoutDeadline(() => patience.clock.setTimer(() => waiter.settle(false), patience.ms));
      }
    });
  }

  /** Lets the first one through. */
  letOne(): void {
    const [first] = this.#head.size > 0 ? this.#head : this.#tail;
    first?.settle(true);
  }

  /** Lets everybody through, or sends everybody away. */
  settleAll(passed: boolean): void {
    for (const waiter of [...this.#head, ...this.#tail]) waiter.settle(passed);
  }

  /** Sends those away for whom `instant` is too late. */
  sendAway(instant: number): void {
    for (const waiter of [...this.#head, ...this.#tail]) if (waiter.deadline < instant) waiter.settle(false);
  }
}
