import type { Clock } from '@resilient/core';
import { HISTORY_POINTS } from '../defaults.ts';
import type { MetricState } from '../status/metric-board.ts';

/** How the application was in one interval between two samples. */
export interface HistoryPoint {
  /** Wall time of its end, in milliseconds since 1970. */
  readonly at: number;
  readonly requestsPerSecond: number;
  /** Failed requests by requests of the interval, from 0 to 1; 0 without requests. */
  readonly errorRate: number;
  /** Of the last 15 minutes. */
  readonly p95Ms: number;
  /** Each from 0 to 1. */
  readonly memory: number;
  readonly cpu: number;
  readonly eventLoopMs: number;
}

/** The last 15 minutes in points, for charts. */
export class History {
  readonly #clock: Clock;
  readonly #minIntervalMs: number;
  readonly #points: HistoryPoint[] = [];
  #requests = 0;
  #failures = 0;
  #takenAt: number;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    // A reading that comes late takes a sample of its own, right behind the one it belongs to.
    this.#minIntervalMs = intervalMs / 2;
    this.#takenAt = clock.now();
  }

  request(status: number): void {
    this.#requests += 1;
    if (status >= 500) this.#failures += 1;
  }

  sample(metrics: readonly MetricState[], p95Ms: number): void {
    const now = this.#clock.now();
    const elapsedMs = now - this.#takenAt;
    if (elapsedMs < this.#minIntervalMs) return;
    const valueAt = (id: string): number => metrics.find((metric) => metric.id === id)?.value ?? 0;
    this.#points.push({
      at: this.#clock.epochNow(),
      requestsPerSecond: this.#requests / (elapsedMs / 1_000),
      errorRate: this.#requests === 0 ? 0 : this.#failures / this.#requests,
      p95Ms,
      memory: valueAt('memory'),
      cpu: valueAt('cpu'),
      eventLoopMs: valueAt('eventLoopMs'),
    });
    if (this.#points.length > HISTORY_POINTS) this.#points.shift();
    this.#requests = 0;
    this.#failures = 0;
    this.#takenAt = now;
  }

  points(): readonly HistoryPoint[] {
    return this.#points.slice();
  }
}
