import type { Clock, Logger } from '@resilient/core';
import type { Pacer } from './pacer.ts';

/** A wait that a unit of nothing but statements never comes to. */
const SLOW_MS = 50;
/** One such unit seldom comes alone. */
const QUIET_MS = 10_000;

/** Warns of transactions that hold the writer over a slow `await`, so that nobody else can write meanwhile. */
export class SlowHolder {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pacer: Pacer;
  #idleSince: number | undefined;
  #turns = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, logger: Logger, pacer: Pacer) {
    this.#clock = clock;
    this.#logger = logger;
    this.#pacer = pacer;
  }

  /** The transaction has begun, or a statement of it has ended: from here on its owner makes others wait. */
  idle(): void {
    this.#idleSince = this.#clock.now();
    this.#pacer.count();
    this.#turns = this.#pacer.turns;
  }

  /** Its next statement has come, or its end; the stack of the warning says whose it is. */
  busy(): void {
    const since = this.#idleSince;
    this.#idleSince = undefined;
    // Without a turn of the loop it was the machine that was slow, not an `await`.
    if (since === undefined || this.#pacer.turns === this.#turns) return;
    const now = this.#clock.now();
    const heldMs = now - since;
    if (heldMs <= SLOW_MS || now - this.#warnedAt < QUIET_MS) return;
    this.#warnedAt = now;
    const stack = stackHere();
    this.#logger.warn(
      { heldMs: Math.round(heldMs), stack },
      'a unit of work held the only writer of the SQLite database while it waited for something else: do that before or after the unit',
    );
  }
}

/** Deep enough to reach the caller's function, behind our own and Kysely's. */
function stackHere(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack } = new Error('the next statement, or the end of the unit');
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
}
