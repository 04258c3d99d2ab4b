import { type Clock, loopTurn } from '@resilient/core';

/** Above this the delay of other people's timers begins to show; below it turns cost throughput. */
const WORK_MS = 5;

/**
 * Lets the event loop turn whenever 5 ms of work have passed without a turn: Kysely on a synchronous driver settles in
 * microtasks only, so that timers and sockets starve as long as work comes, lock or no lock.
 */
export class Pacer {
  readonly #clock: Clock;
  #since = 0;
  #turn: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The turn to wait for before more work is done, if one is due. */
  due(): Promise<void> | undefined {
    const now = this.#clock.now();
    if (this.#turn) return now - this.#since >= WORK_MS ? this.#turn : undefined;
    this.#since = now;
    this.#turn = loopTurn().then(() => {
      this.#turn = undefined;
    });
    return undefined;
  }
}
