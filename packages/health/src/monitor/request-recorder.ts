import type { Clock } from '@resilient/core';
import { BucketRing } from '../counting/bucket-ring.ts';
import { LatencyRing } from '../counting/latency-ring.ts';
import { NamedCounts } from '../counting/named-counts.ts';
import { MAX_ROUTES, UNMATCHED } from '../defaults.ts';
import { FAILURES, type RateWindow, REQUESTS, rateWindow, readErrorRate } from '../status/error-rate.ts';
import { readLatency } from '../status/latency.ts';
import type { Reading } from '../status/reading.ts';
import type { RequestThreshold } from '../status/thresholds.ts';
import type { RequestFacts } from './types.ts';

/** Counts requests and failures, by route template, and their durations, over the last 15 minutes. */
export class RequestRecorder {
  readonly #clock: Clock;
  readonly #ring = new BucketRing(2);
  readonly #latencies = new LatencyRing();
  readonly #routes = new NamedCounts(MAX_ROUTES);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record(request: RequestFacts): void {
    const now = this.#clock.now();
    const { route, status, durationMs } = request;
    this.#ring.add(now, REQUESTS);
    if (status >= 500) this.#ring.add(now, FAILURES);
    this.#latencies.record(now, durationMs);
    this.#routes.add(now, typeof route === 'string' && route !== '' ? route.slice(0, 200) : UNMATCHED);
  }

  window(): RateWindow {
    return rateWindow(this.#ring, this.#clock.now());
  }

  errorRate({ minRequests }: RequestThreshold): Reading {
    return readErrorRate(this.#ring, this.#clock.now(), minRequests);
  }

  /** What 95 of 100 requests of both windows did not exceed. */
  latency(threshold: RequestThreshold): Reading {
    return readLatency(this.#latencies, this.#ring, this.#clock.now(), threshold);
  }

  /** The p95 of the last 15 minutes in milliseconds, 0 without requests. */
  p95Ms(): number {
    return this.#latencies.p95(this.#clock.now());
  }

  routes(): [route: string, count: number][] {
    return this.#routes.entries(this.#clock.now());
  }
}
