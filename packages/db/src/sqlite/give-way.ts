import type { Clock } from '@resilient/core';
import type { LockWait } from './lock-wait.ts';

/** Who has met a lock of another process within this time is not alone. */
const NOT_ALONE_MS = 200;
/** Holding the lock for longer than this, in one go, makes others wait. */
const HOLDING_MS = 5;
/** As long as the others' poll takes to come round. */
const PAUSE_MS = 1;

/**
 * Fairness between processes: whoever lets the lock go takes it again within microseconds, long before another process
 * asks for it again. A process that is not alone gives way for a millisecond after every 5 ms of holding.
 */
export class GiveWay {
  readonly #clock: Clock;
  readonly #lock: LockWait;
  #takenAt: number | undefined;
  #freedAt = Number.NEGATIVE_INFINITY;
  #heldMs = 0;

  constructor(clock: Clock, lock: LockWait) {
    this.#clock = clock;
    this.#lock = lock;
  }

  /** The pause to wait for before the lock is taken, if one is due. */
  due(): Promise<void> | undefined {
    const now = this.#clock.now();
    if (now - this.#freedAt >= PAUSE_MS) this.#heldMs = 0;
    if (this.#heldMs < HOLDING_MS || now - this.#lock.metAt > NOT_ALONE_MS) return undefined;
    this.#heldMs = 0;
    return this.#clock.sleep(PAUSE_MS);
  }

  /** The lock is ours. */
  taken(): void {
    this.#takenAt = this.#clock.now();
  }

  /** The lock is free again. */
  freed(): void {
    if (this.#takenAt === undefined) return;
    this.#freedAt = this.#clock.now();
    this.#heldMs += this.#freedAt - this.#takenAt;
    this.#takenAt = undefined;
  }
}
