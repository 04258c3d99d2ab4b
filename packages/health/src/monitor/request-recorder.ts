import type { Clock } from '@resilient/core';
import { BucketRing } from '../counting/bucket-ring.ts';
import { NamedCounts } from '../counting/named-counts.ts';
import { MAX_ROUTES, UNMATCHED } from '../defaults.ts';
import {
  FAILURES,
  judgeErrorRate,
  type RateVerdict,
  type RateWindow,
  REQUESTS,
  rateWindow,
} from '../status/error-rate.ts';
import type { ErrorRateThreshold } from '../status/thresholds.ts';
import type { RequestFacts } from './types.ts';

/** Counts requests and failures, by route template, over the last 15 minutes. */
export class RequestRecorder {
  readonly #clock: Clock;
  readonly #ring = new BucketRing(2);
  readonly #routes = new NamedCounts(MAX_ROUTES);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record(request: RequestFacts): void {
    const now = this.#clock.now();
    const { route, status } = request;
    this.#ring.add(now, REQUESTS);
    if (status >= 500) this.#ring.add(now, FAILURES);
    this.#routes.add(now, typeof route === 'string' && route !== '' ? route.slice(0, 200) : UNMATCHED);
  }

  window(): RateWindow {
    return rateWindow(this.#ring, this.#clock.now());
  }

  judge(threshold: ErrorRateThreshold): RateVerdict {
    return judgeErrorRate(this.#ring, this.#clock.now(), threshold);
  }

  routes(): [route: string, count: number][] {
    return this.#routes.entries(this.#clock.now());
  }
}
