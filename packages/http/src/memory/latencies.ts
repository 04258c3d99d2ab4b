/** Ten slices of a minute make the ten minutes that are looked back on. */
const SLICES = 10;
const SLICE_MS = 60_000;
/** Each power of two is cut into so many parts: a quantile is right to about 3 %. */
const PARTS = 16;
const BUCKETS = 29 * PARTS;
/** The number of a slice that was never used; far below any real one, since a virtual clock may start at 0. */
const EMPTY = -1e9;

/** The bucket of a duration; they are counted in microseconds. */
function bucketOf(ms: number): number {
  const micros = Math.min(Math.max(ms * 1_000, 0), 2_147_483_647) | 0;
  if (micros < PARTS) return micros;
  const power = 31 - Math.clz32(micros);
  return (power - 3) * PARTS + ((micros >> (power - 4)) & (PARTS - 1));
}

/** The middle of a bucket, in milliseconds. */
function middleOf(bucket: number): number {
  if (bucket < PARTS) return bucket / 1_000;
  const width = 2 ** (Math.floor(bucket / PARTS) - 1);
  return ((PARTS + (bucket % PARTS)) * width + width / 2) / 1_000;
}

/** Durations of the last ten minutes, in buckets: quantiles at a fixed cost in memory, and next to none in time. */
export class Latencies {
  readonly #numbers: number[] = new Array<number>(SLICES).fill(EMPTY);
  readonly #slices: (Uint32Array | undefined)[] = new Array<Uint32Array | undefined>(SLICES).fill(undefined);
  #at = 0;
  #until = Number.NEGATIVE_INFINITY;

  /** Notes a duration that ended at `now`. */
  add(ms: number, now: number): void {
    if (now >= this.#until) this.#turn(now);
    const slice = this.#slices[this.#at] as Uint32Array;
    const bucket = bucketOf(ms);
    slice[bucket] = (slice[bucket] as number) + 1;
  }

  #turn(now: number): void {
    const number = Math.floor(now / SLICE_MS);
    this.#at = ((number % SLICES) + SLICES) % SLICES;
    this.#until = (number + 1) * SLICE_MS;
    if (this.#numbers[this.#at] === number) return;
    this.#numbers[this.#at] = number;
    const slice = this.#slices[this.#at];
    if (slice) slice.fill(0);
    else this.#slices[this.#at] = new Uint32Array(BUCKETS);
  }

  /** Quantiles at `now`, in milliseconds, and how many durations they are of; each `undefined` if there are none. */
  quantiles(now: number, shares: readonly number[]): { count: number; values: (number | undefined)[] } {
    const oldest = Math.floor(now / SLICE_MS) - SLICES;
    const live = this.#slices.filter((slice, at) => slice && (this.#numbers[at] as number) > oldest);
    const sums = new Float64Array(BUCKETS);
    let count = 0;
    for (const slice of live as Uint32Array[]) {
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
        (sums[bucket] as number) += slice[bucket] as number;
        count += slice[bucket] as number;
      }
    }
    const quantileOf = (share: number): number | undefined => {
      let left = Math.ceil(share * count);
      for (let bucket = 0; bucket < BUCKETS && count > 0; bucket += 1) {
        left -= sums[bucket] as number;
        if (left <= 0) return middleOf(bucket);
      }
      return undefined;
    };
    return { count, values: shares.map(quantileOf) };
  }
}
