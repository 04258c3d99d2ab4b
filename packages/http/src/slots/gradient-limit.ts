/** The numbers of Netflix' Gradient2, whose usual latency is a mean, which drifts up with the load. @see https://github.com/Netflix/concurrency-limits */
const START = 20;
const MIN = 1;
const MAX = 1_000;
/** Latency may grow by half before the limit shrinks. */
const TOLERANCE = 1.5;
/** Attempts that may stand in the other side's queue. */
const QUEUE = 4;
const SMOOTHING = 0.2;
/** How far a faster sample moves the usual latency, and a slower one: what is learned under load must not become usual. */
const FASTER = 0.2;
const SLOWER = 1 / 3_000;
/** Of the first samples the mean is usual. */
const WARM_UP = 10;
/** After a timeout, or a refusal for overload. */
const BACKOFF = 0.9;

/**
 * How many attempts may run at a time, learned from their latency: while it stays what it usually is the limit grows,
 * when it rises the limit shrinks, before the other side has to refuse.
 */
export class GradientLimit {
  #limit = START;
  #usualMs = 0;
  #samples = 0;

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** An attempt was answered after `ms`, while `inUse` ran. */
  answered(ms: number, inUse: number): void {
    this.#learn(ms);
    // without demand, latency says nothing about a higher limit
    if (inUse < this.#limit / 2) return;
    const gradient = Math.max(0.5, Math.min(1, (TOLERANCE * this.#usualMs) / Math.max(ms, 0.001)));
    this.#set(this.#limit * (1 - SMOOTHING) + (this.#limit * gradient + QUEUE) * SMOOTHING);
  }

  /** An attempt timed out, or was refused for overload. */
  dropped(): void {
    this.#set(this.#limit * BACKOFF);
  }

  #learn(ms: number): void {
    this.#samples += 1;
    const share = this.#samples <= WARM_UP ? 1 / this.#samples : ms < this.#usualMs ? FASTER : SLOWER;
    this.#usualMs += (ms - this.#usualMs) * share;
  }

  #set(limit: number): void {
    this.#limit = Math.max(MIN, Math.min(MAX, limit));
  }
}
