import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { BUCKET_MS, BUCKETS } from '../defaults.ts';

/** Times are kept in microseconds, from 1 to 10 minutes; what is longer counts as 10 minutes. */
const LONGEST_US = 600_000_000;

/** Two figures, right to 1 %: 25 kB a histogram, while 60 of three figures would take 8 MB and 5 ms to merge. */
const newHistogram = (): RecordableHistogram =>
  createHistogram({ lowest: 1, highest: LONGEST_US, figures: 2 });

/** Durations of requests in 60 buckets of 15 s: quantiles cannot be added, so each bucket has a histogram. */
export class LatencyRing {
  readonly #histograms: (RecordableHistogram | undefined)[] = new Array(BUCKETS);
  readonly #ids: Float64Array = new Float64Array(BUCKETS).fill(-1);
  #merged: RecordableHistogram | undefined;
  #newest = 0;

  /** Records one duration at the monotonic instant `now`; what is no duration is left out. */
  record(now: number, durationMs: number): void {
    if (!(durationMs >= 0)) return;
    const id = this.#idAt(now);
    const row = id % BUCKETS;
    let histogram = this.#histograms[row];
    if (histogram === undefined) {
      histogram = newHistogram();
      this.#histograms[row] = histogram;
    }
    if (this.#ids[row] !== id) {
      histogram.reset();
      this.#ids[row] = id;
    }
    histogram.record(Math.min(LONGEST_US, Math.max(1, Math.round(durationMs * 1_000))));
  }

  /** What 95 of 100 durations of the newest `buckets` buckets did not exceed, in milliseconds; 0 if there are none. */
  p95(now: number, buckets: number = BUCKETS): number {
    const newest = this.#idAt(now);
    this.#merged ??= newHistogram();
    this.#merged.reset();
    for (let row = 0; row < BUCKETS; row += 1) {
      const id = this.#ids[row] ?? -1;
      const histogram = this.#histograms[row];
      if (histogram !== undefined && id > newest - buckets && id <= newest) this.#merged.add(histogram);
    }
    return this.#merged.count === 0 ? 0 : this.#merged.percentile(95) / 1_000;
  }

  /** A clock that goes back, which a monotonic one never does, counts into the newest bucket. */
  #idAt(now: number): number {
    this.#newest = Math.max(this.#newest, Math.floor(now / BUCKET_MS));
    return this.#newest;
  }
}
