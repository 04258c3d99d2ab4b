/** The last `limit` instants of something, as a ring: "more than N in a window" becomes exact, without buckets. */
export class RecentInstants {
  readonly #instants: Float64Array;
  #count = 0;

  constructor(limit: number) {
    this.#instants = new Float64Array(limit);
  }

  /** How often it happened in all. */
  get count(): number {
    return this.#count;
  }

  note(now: number): void {
    this.#instants[this.#count % this.#instants.length] = now;
    this.#count += 1;
  }

  /** The instant of the `limit`th last time, `undefined` if there were fewer. */
  get oldest(): number | undefined {
    return this.#count < this.#instants.length
      ? undefined
      : this.#instants[this.#count % this.#instants.length];
  }
}
