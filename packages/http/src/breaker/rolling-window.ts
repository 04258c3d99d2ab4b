const BUCKETS = 10;

/** The number of an empty bucket: far below any real one, since a virtual clock may start at 0. */
const EMPTY = -1e9;

/** How many calls ended, and how many of them failed, in the last `windowMs` milliseconds; in ten buckets. */
export class RollingWindow {
  readonly #bucketMs: number;
  readonly #numbers: number[] = new Array<number>(BUCKETS).fill(EMPTY);
  readonly #calls: number[] = new Array<number>(BUCKETS).fill(0);
  readonly #failures: number[] = new Array<number>(BUCKETS).fill(0);

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  /** Counts calls and failures that ended at `now`. */
  add(now: number, calls: number, failures: number): void {
    const number = Math.floor(now / this.#bucketMs);
    const at = ((number % BUCKETS) + BUCKETS) % BUCKETS;
    if (this.#numbers[at] !== number) {
      this.#numbers[at] = number;
      this.#calls[at] = 0;
      this.#failures[at] = 0;
    }
    (this.#calls[at] as number) += calls;
    (this.#failures[at] as number) += failures;
  }

  /** The sums over the window that ends at `now`. */
  totals(now: number): { readonly calls: number; readonly failures: number } {
    const oldest = Math.floor(now / this.#bucketMs) - BUCKETS;
    let calls = 0;
    let failures = 0;
    for (let at = 0; at < BUCKETS; at += 1) {
      if ((this.#numbers[at] as number) <= oldest) continue;
      calls += this.#calls[at] as number;
      failures += this.#failures[at] as number;
    }
    return { calls, failures };
  }

  /** Forgets everything. */
  clear(): void {
    this.#numbers.fill(EMPTY);
  }
}
