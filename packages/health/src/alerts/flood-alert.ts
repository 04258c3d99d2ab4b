import { RecentInstants } from '../counting/recent-instants.ts';
import { FLOOD_LIMIT, FLOOD_WINDOW_MS, RESOLVE_AFTER_MS } from '../defaults.ts';
import type { AlertFacts, AlertSource } from './alert-source.ts';

/**
 * The rule "more than 1,000 new sorts of errors in a minute": messages are invented somewhere, and what is known by
 * fingerprint changes faster than anybody can read.
 */
export class FloodAlert implements AlertSource {
  readonly rule = 'error-flood';
  readonly key = 'fingerprints';
  readonly severity = 'critical';
  readonly initial: number = FLOOD_LIMIT + 1;
  readonly resolveAfterMs: number = RESOLVE_AFTER_MS;
  readonly #instants = new RecentInstants(FLOOD_LIMIT + 1);

  get total(): number {
    return this.#instants.count;
  }

  /** To be called for each fingerprint that was not known; answers whether the rule is true now. */
  note(now: number): boolean {
    this.#instants.note(now);
    return this.holds(now);
  }

  holds(now: number): boolean {
    return now < this.endsAt();
  }

  endsAt(): number {
    const { oldest } = this.#instants;
    return oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + FLOOD_WINDOW_MS + 1;
  }

  facts(): AlertFacts {
    return {
      summary: 'more than 1,000 new sorts of errors within a minute',
      windowMs: FLOOD_WINDOW_MS,
    };
  }
}
