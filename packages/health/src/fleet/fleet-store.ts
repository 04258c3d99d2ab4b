import type { AlertStore } from '../alerts/alert-store.ts';
import type { Lifecycle } from '../monitor/lifecycle.ts';
import type { HealthStatus } from '../status/level.ts';

/** What one instance says of itself; plain JSON, instants in milliseconds since 1970, counts of the last 15 minutes. */
export interface InstanceState {
  /** Of this run of the instance alone: two of one name are two, and one that was started again is another. */
  readonly life: string;
  readonly instance: string;
  readonly release?: string;
  readonly startedAt: number;
  readonly lifecycle: Lifecycle;
  readonly status: HealthStatus;
  /** Why it is not healthy, in words; masked. */
  readonly reasons: readonly string[];
  readonly requests: number;
  /** Those of them that failed. */
  readonly failures: number;
  /** Errors by type. */
  readonly errors: Readonly<Record<string, number>>;
  /** Requests by how long they took, one count for each bucket: OpenTelemetry's bounds and 2 s. */
  readonly durations: readonly number[];
  /** Whether this was its last word. */
  readonly ended: boolean;
}

/** What happened in one hour, on all instances. */
export interface FleetHour {
  /** When it began, on the full hour of UTC. */
  readonly from: Date;
  readonly requests: number;
  /** Those of them that failed. */
  readonly failures: number;
  /** Errors by type; in what is read at most 256 types, the rest in `_OTHER`. */
  readonly errorsByType: Readonly<Record<string, number>>;
  /** The worst status of any instance. */
  readonly worst: HealthStatus;
}

/** One write of one instance. */
export interface FleetWrite {
  /** Name of the service: what has another name is another fleet. */
  readonly service: string;
  /**
   * 1, 2, 3 … of this life. A write whose outcome was not learned comes again under the same number: what it adds to
   * the hours is added once.
   */
  readonly seq: number;
  /** Takes the place of what this life said before. */
  readonly state: InstanceState;
  /** What is to be added to the hours. */
  readonly hours: readonly FleetHour[];
}

/** What an instance said last. */
export interface StoredInstance {
  readonly state: InstanceState;
  /** How long ago, in milliseconds, by the clock of the store. */
  readonly ageMs: number;
}

/**
 * What the instances of a service share: what each says of itself, one row an hour for 30 days, and the state of their
 * alerts. `createFleetStore` of `@resilient/health/kysely` keeps it in PostgreSQL. The monitor gives each call 1 s, then
 * aborts the signal and goes on alone; it writes at most once at a time.
 */
export interface FleetStore extends AlertStore {
  /** How often an instance writes, in milliseconds. */
  readonly everyMs: number;
  /** How long an instance may say nothing before it is gone, in milliseconds. */
  readonly goneAfterMs: number;
  /** Writes; answers `false` where it was left out, since others wait for a connection. */
  write(write: FleetWrite, context: { readonly signal: AbortSignal }): Promise<boolean>;
  /** What the instances of a service said last, of a day; `undefined` where that was left out. */
  instances(
    service: string,
    context: { readonly signal: AbortSignal },
  ): Promise<readonly StoredInstance[] | undefined>;
  /** The hours of a service that begin in `from` … `to` (excluded), oldest first; 30 days unless told. */
  hours(service: string, range?: { readonly from?: Date; readonly to?: Date }): Promise<readonly FleetHour[]>;
}
