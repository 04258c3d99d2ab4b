import type { Clock, Logger } from '@resilient/core';
import type { AlertBook } from '../alerts/alert-book.ts';
import type { AlertSource } from '../alerts/alert-source.ts';
import { FloodAlert } from '../alerts/flood-alert.ts';
import { RepeatAlert, repeatsTooOften } from '../alerts/repeat-alert.ts';
import { FingerprintBook } from '../counting/fingerprint-book.ts';
import { type FingerprintRecord, note } from '../counting/fingerprint-record.ts';
import { NamedCounts } from '../counting/named-counts.ts';
import { MAX_ALERTS, MAX_TYPES, OTHER } from '../defaults.ts';
import { CountedErrors } from '../errors/counted-errors.ts';
import { ErrorIdentities, type ErrorIdentity } from '../errors/error-identities.ts';
import type { Totals } from './totals.ts';
import type { ErrorContext } from './types.ts';

/** An error recorded while one is being recorded, so deep: only a hostile getter does that. */
const MAX_DEPTH = 8;

/** Counts errors by type and fingerprint, each once, and never throws. */
export class ErrorRecorder {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #identities = new ErrorIdentities();
  readonly #counted = new CountedErrors();
  readonly #types = new NamedCounts(MAX_TYPES);
  readonly #fingerprints = new FingerprintBook();
  readonly #alerts: AlertBook;
  readonly #flood = new FloodAlert();
  readonly #totals: Pick<Totals, 'error'>;
  #wallAskedAt: number = Number.NEGATIVE_INFINITY;
  #wallOffset = 0;
  #depth = 0;
  #unhandled = 0;
  #selfErrors = 0;
  #putOffTold = false;

  constructor(clock: Clock, logger: Logger, alerts: AlertBook, totals: Pick<Totals, 'error'>) {
    this.#totals = totals;
    this.#clock = clock;
    this.#logger = logger;
    this.#alerts = alerts;
  }

  /** Errors that nobody had caught, since the start. */
  get unhandled(): number {
    return this.#unhandled;
  }

  /** Names and fingerprints that gave way, alerts that found no place, and failures of this recorder itself. */
  get bounds(): { types: number; fingerprints: number; alerts: number; selfErrors: number } {
    return {
      types: this.#types.putOut,
      fingerprints: this.#fingerprints.putOut,
      alerts: this.#alerts.putOff,
      selfErrors: this.#selfErrors,
    };
  }

  record(error: unknown, context: ErrorContext | undefined): boolean {
    if (this.#depth >= MAX_DEPTH) return false;
    this.#depth += 1;
    let counted = false;
    try {
      if (!this.#counted.admit(error)) return false;
      if (context?.handled === false) this.#unhandled += 1;
      const identity = this.#identities.of(error);
      const now = this.#clock.now();
      this.#types.add(now, identity.facts.type);
      this.#totals.error(identity.facts.type);
      counted = true;
      this.#note(identity, context?.route, now);
    } catch {
      this.#selfErrors += 1;
      if (!counted) {
        this.#types.add(this.#clock.now(), OTHER);
        this.#totals.error(OTHER);
      }
    } finally {
      this.#depth -= 1;
    }
    return true;
  }

  countsByType(): [type: string, count: number][] {
    return this.#types.entries(this.#clock.now());
  }

  top(limit: number): FingerprintRecord[] {
    return this.#fingerprints.top(limit);
  }

  #note(identity: ErrorIdentity, route: unknown, now: number): void {
    const epochNow = this.#epochAt(now);
    const record = this.#recordOf(identity, epochNow);
    const isNew = record.count === 0;
    note(record, now, epochNow);
    if (typeof route === 'string') record.route = templateOf(route);
    if (isNew && this.#flood.note(now)) this.#observe(this.#flood);
    // One that the book keeps is looked at when its time has come; more of the same moves that later, never nearer.
    if (record.alert?.isKept === true || !repeatsTooOften(record, now)) return;
    record.alert ??= new RepeatAlert(record);
    this.#observe(record.alert);
  }

  /** Wall time of an instant: asked for once a second, since it is only shown. */
  #epochAt(now: number): number {
    if (now - this.#wallAskedAt > 1_000) {
      this.#wallAskedAt = now;
      this.#wallOffset = this.#clock.epochNow() - now;
    }
    return now + this.#wallOffset;
  }

  #recordOf(identity: ErrorIdentity, epochNow: number): FingerprintRecord {
    const { key, facts, record: last } = identity;
    if (last !== undefined && this.#fingerprints.takeAgain(last)) return last;
    const held = this.#alerts.sourceOf('repeated-error', key);
    const kept = held instanceof RepeatAlert ? held.record : undefined;
    identity.record = this.#fingerprints.take(key, facts, epochNow, kept);
    return identity.record;
  }

  #observe(source: AlertSource): void {
    if (this.#alerts.observe(source) || this.#putOffTold) return;
    this.#putOffTold = true;
    this.#logger.error(
      { alerts: MAX_ALERTS },
      `more than ${MAX_ALERTS} alerts at a time: the rest is put off`,
    );
  }
}

/** A route as it may be told: never a query, whoever calls a path a template. */
function templateOf(route: string): string {
  const query = route.indexOf('?');
  return query < 0 && route.length <= 200 ? route : route.slice(0, query < 0 ? 200 : Math.min(query, 200));
}
