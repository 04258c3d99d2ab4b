import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '@resilient/core';

/** A connection that has not come back for so long is given up, so that a lost one does not keep the store down. */
const LOST_AFTER_MS = 30_000;

interface Turn {
  readonly startedAt: number;
  readonly ended: Promise<void>;
}

/**
 * Lets one piece of work run at a time, so that the store holds at most one connection. Work that does not end, as on a
 * connection to nowhere, is passed by after 30 s, once: with it, two connections are the most.
 */
export class OneAtATime {
  readonly #clock: Clock;
  /** Outside any request and any unit of work: what calls may be inside a transaction of its own. */
  readonly #outside: <R>(work: () => R) => R = AsyncLocalStorage.snapshot();
  #turn: Turn | undefined;
  #lost: Turn | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `work` when it is its turn; rejects with the signal's reason if that is not in time. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    while (this.#turn !== undefined) {
      this.#passBy(this.#turn);
      if (this.#turn !== undefined) await endedOrAborted(this.#turn.ended, signal);
    }
    signal.throwIfAborted();
    const running = this.#outside(work);
    const turn: Turn = {
      startedAt: this.#clock.now(),
      ended: running.then(
        () => this.#leave(turn),
        () => this.#leave(turn),
      ),
    };
    this.#turn = turn;
    return running;
  }

  #leave(turn: Turn): void {
    if (this.#turn === turn) this.#turn = undefined;
    if (this.#lost === turn) this.#lost = undefined;
  }

  #passBy(turn: Turn): void {
    if (this.#lost !== undefined || this.#clock.now() - turn.startedAt < LOST_AFTER_MS) return;
    this.#lost = turn;
    this.#turn = undefined;
  }
}

async function endedOrAborted(ended: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([ended, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
