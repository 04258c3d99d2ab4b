import { type Clock, loopTurn } from '@resilient/core';

/** Above this the delay of other people's timers begins to show; below it turns cost throughput. */
export const WORK_MS = 5;

/**
 * Lets the event loop turn whenever 5 ms of work have passed without a turn: Kysely on a synchronous driver settles in
 * microtasks only, so that timers and sockets starve as long as work comes, lock or no lock.
 */
export class Pacer {
  readonly #clock: Clock;
  #since = 0;
  #turn: Promise<void> | undefined;
  /** How often the loop has turned since something was done: equal numbers mean that nobody else has run in between. */
  turns = 0;
  /** Called at the next turn, before those who wait for it go on. */
  onTurn: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long there has been work without a turn, in milliseconds. */
  get workedMs(): number {
    return this.#turn ? this.#clock.now() - this.#since : 0;
  }

  /** The turn to wait for before more work is done, if one is due after `workMs` of it. */
  due(workMs: number = WORK_MS): Promise<void> | undefined {
    const now = this.#clock.now();
    if (this.#turn) return now - this.#since >= workMs ? this.#turn : undefined;
    this.#begin(now);
    return undefined;
  }

  /** Counts the next turn, if none is being counted. */
  count(): void {
    if (!this.#turn) this.#begin(this.#clock.now());
  }

  #begin(now: number): void {
    this.#since = now;
    this.#turn = loopTurn().then(() => {
      this.#turn = undefined;
      this.turns += 1;
      this.onTurn?.();
    });
  }
}
