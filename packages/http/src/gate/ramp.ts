/** How an attempt that had a pass has ended: `neutral` says nothing about the rate limit. */
export type PassEnd = 'accepted' | 'refused' | 'neutral';

/** A pass that was not given. */
export const NO_PASS = 0;

/** Periods are so far apart in the numbers of passes that two kinds of them fit between. */
const KINDS = 2;

/**
 * How many may pass after a gate has opened: at once as many as the other side accepted in the last period; then one to
 * try whether there is room for more, and twice as many each time that there was. A refusal ends the period.
 */
export class Ramp {
  #period = 0;
  /** Accepted in this period. */
  #accepted = 0;
  /** Passes left. */
  #room = Number.POSITIVE_INFINITY;
  /** Of those that were given beyond the last period's number, so many are not answered yet. */
  #trying = 0;
  /** Whether passes are given beyond the last period's number. */
  #isTrying = false;
  #step = 1;
  #last = NO_PASS;

  /** Accepted since the gate has opened. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Whether everything may pass, uncounted. */
  get isOver(): boolean {
    return this.#room === Number.POSITIVE_INFINITY;
  }

  /** Whether there is a pass left. */
  get hasRoom(): boolean {
    return this.#room > 0;
  }

  /** Whether it is known that there is room for more. */
  get mayGrow(): boolean {
    return this.#room === 0 && this.#trying === 0;
  }

  /** The pass that was given last. */
  get last(): number {
    return this.#last;
  }

  /** The gate has opened: a new period begins. */
  start(): void {
    this.#period += 1;
    this.#room = Math.max(1, this.#accepted);
    this.#accepted = 0;
    this.#trying = 0;
    this.#isTrying = false;
    this.#step = 1;
  }

  /** Takes a pass, if there is one. */
  take(): number {
    if (this.#room === 0) return NO_PASS;
    this.#room -= 1;
    if (this.#isTrying) this.#trying += 1;
    this.#last = this.#period * KINDS + (this.#isTrying ? 1 : 0);
    return this.#last;
  }

  /** Makes room for more. */
  grow(): void {
    this.#isTrying = true;
    this.#room = this.#step;
    this.#step *= 2;
  }

  /** Everything may pass from now on. */
  finish(): void {
    this.#room = Number.POSITIVE_INFINITY;
  }

  /** A pass comes back. */
  ended(pass: number, end: PassEnd): void {
    if (Math.floor(pass / KINDS) !== this.#period) return;
    if (end === 'accepted') this.#accepted += 1;
    if (pass % KINDS === 1) this.#trying -= 1;
    if (end === 'neutral' && this.#room === 0) this.#room = 1; // it was not used, or proved nothing
  }
}
