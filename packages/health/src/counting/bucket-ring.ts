import { BUCKET_MS, BUCKETS } from '../defaults.ts';

/**
 * Counts in 60 buckets of 15 s, several columns beside each other. The bucket follows from the clock at every write
 * and every read, so that a stalled loop loses nothing.
 */
export class BucketRing {
  readonly #columns: number;
  readonly #cells: Float64Array;
  readonly #ids: Float64Array = new Float64Array(BUCKETS).fill(-1);
  #newest = 0;

  constructor(columns: number) {
    this.#columns = columns;
    this.#cells = new Float64Array(BUCKETS * columns);
  }

  /** Adds to the bucket of the instant `now`, in monotonic milliseconds. */
  add(now: number, column: number, amount = 1): void {
    const id = this.#idAt(now);
    const row = id % BUCKETS;
    const start = row * this.#columns;
    if (this.#ids[row] !== id) {
      this.#cells.fill(0, start, start + this.#columns);
      this.#ids[row] = id;
    }
    this.#cells[start + column] = (this.#cells[start + column] ?? 0) + amount;
  }

  /** The sum of the newest `buckets` buckets, the one that is being filled included. */
  sum(now: number, column: number, buckets: number = BUCKETS): number {
    const newest = this.#idAt(now);
    let total = 0;
    for (let row = 0; row < BUCKETS; row += 1) {
      const id = this.#ids[row] ?? -1;
      if (id > newest - buckets && id <= newest) total += this.#cells[row * this.#columns + column] ?? 0;
    }
    return total;
  }

  /** Adds everything of one column to another and empties the first: totals stay what they were. */
  move(from: number, to: number): void {
    for (let start = 0; start < this.#cells.length; start += this.#columns) {
      this.#cells[start + to] = (this.#cells[start + to] ?? 0) + (this.#cells[start + from] ?? 0);
      this.#cells[start + from] = 0;
    }
  }

  /** A clock that goes back, which a monotonic one never does, counts into the newest bucket. */
  #idAt(now: number): number {
    this.#newest = Math.max(this.#newest, Math.floor(now / BUCKET_MS));
    return this.#newest;
  }
}
