import { asRecord } from '../counting/as-record.ts';
import { BucketRing } from '../counting/bucket-ring.ts';
import { FLEET_HOURS_KEPT, FLEET_TYPES, OTHER } from '../defaults.ts';
import { type HealthStatus, worst } from '../status/level.ts';
import { DURATION_BUCKETS, durationBucket } from './duration-buckets.ts';
import type { FleetHour } from './fleet-store.ts';

const HOUR_MS = 3_600_000;
/** The column behind those of the durations. */
const FAILED = DURATION_BUCKETS;

interface Hour {
  requests: number;
  failures: number;
  readonly errors: Map<string, number>;
  worst: HealthStatus;
}

const newHour = (): Hour => ({ requests: 0, failures: 0, errors: new Map(), worst: 'healthy' });

function addTo(counts: Map<string, number>, name: string, count: number): void {
  const kept = counts.has(name) || counts.size < FLEET_TYPES ? name : OTHER;
  counts.set(kept, (counts.get(kept) ?? 0) + count);
}

/** What an instance tells the fleet: counts of the last 15 minutes, and what is to be added to the hours. */
export class FleetCounts {
  readonly #ring = new BucketRing(DURATION_BUCKETS + 1);
  readonly #hours = new Map<number, Hour>();
  /** Counted since the last `roll`. */
  #fresh = newHour();
  /** The last hour of which a status was told, and the worst of it. */
  #told: { readonly hour: number; readonly status: HealthStatus } | undefined;

  request(now: number, status: number, durationMs: number): void {
    this.#ring.add(now, durationBucket(durationMs));
    this.#fresh.requests += 1;
    if (status < 500) return;
    this.#ring.add(now, FAILED);
    this.#fresh.failures += 1;
  }

  error(type: string): void {
    addTo(this.#fresh.errors, type, 1);
  }

  /** Requests of the last 15 minutes by how long they took. */
  durations(now: number): number[] {
    return Array.from({ length: DURATION_BUCKETS }, (_, bucket) => this.#ring.sum(now, bucket));
  }

  failures(now: number): number {
    return this.#ring.sum(now, FAILED);
  }

  /** Puts what was counted since the last time into the hour of `epochNow`, with the status of now. */
  roll(epochNow: number, status: HealthStatus): void {
    const at = Math.floor(epochNow / HOUR_MS) * HOUR_MS;
    const known = this.#told?.hour === at ? this.#told.status : undefined;
    const isNews = known === undefined || worst(known, status) !== known;
    const { requests, failures, errors } = this.#fresh;
    if (requests === 0 && errors.size === 0 && !isNews) return;
    const hour = this.#hours.get(at) ?? newHour();
    this.#hours.set(at, hour);
    hour.requests += requests;
    hour.failures += failures;
    for (const [type, count] of errors) addTo(hour.errors, type, count);
    hour.worst = worst(hour.worst, status);
    this.#told = { hour: at, status: worst(known ?? 'healthy', status) };
    this.#fresh = newHour();
    if (this.#hours.size > FLEET_HOURS_KEPT) this.#hours.delete(Math.min(...this.#hours.keys()));
  }

  /** Hands out what is to be added to the hours, oldest first, and forgets it. */
  takeHours(): FleetHour[] {
    const hours = [...this.#hours].sort(([left], [right]) => left - right);
    this.#hours.clear();
    return hours.map(([at, hour]) => ({
      from: new Date(at),
      requests: hour.requests,
      failures: hour.failures,
      errorsByType: asRecord([...hour.errors]),
      worst: hour.worst,
    }));
  }

  /** Whether there is something to be added to the hours. */
  get hasHours(): boolean {
    return this.#hours.size > 0;
  }
}
