import { NOTICES_FOR_CRITICAL, NOTICES_PER_MINUTE } from '../defaults.ts';
import type { AlertSeverity } from './alert-state.ts';

const MINUTE_MS = 60_000;

/** At most 10 notices within any minute, 3 of them kept for critical ones: warnings cannot crowd those out. */
export class NoticeBudget {
  #sent: { readonly at: number; readonly severity: AlertSeverity }[] = [];
  #suppressed = 0;

  /**
   * Takes a place for a notice. Answers how many were refused since the last one that got a place, or `undefined` if
   * this one is refused as well.
   */
  take(now: number, severity: AlertSeverity): number | undefined {
    this.#sent = this.#sent.filter(({ at }) => now - at < MINUTE_MS);
    const critical = this.#sent.filter((one) => one.severity === 'critical').length;
    const kept = severity === 'critical' ? 0 : Math.max(0, NOTICES_FOR_CRITICAL - critical);
    if (this.#sent.length >= NOTICES_PER_MINUTE - kept) {
      this.#suppressed += 1;
      return undefined;
    }
    this.#sent.push({ at: now, severity });
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}
