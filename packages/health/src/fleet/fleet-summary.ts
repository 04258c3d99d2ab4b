import { asRecord } from '../counting/as-record.ts';
import { FLEET_GONE_SHOWN, TIME_WINDOW } from '../defaults.ts';
import type { Lifecycle } from '../monitor/lifecycle.ts';
import { type HealthStatus, worst } from '../status/level.ts';
import { DURATION_BUCKETS, quantileMs } from './duration-buckets.ts';
import type { InstanceState, StoredInstance } from './fleet-store.ts';

/** One instance, as it said last. */
export interface FleetInstance {
  readonly instance: string;
  readonly release?: string;
  /** Whether it is the one that answers. */
  readonly self: boolean;
  readonly status: HealthStatus;
  readonly lifecycle: Lifecycle;
  /** Why it is not healthy, in words. */
  readonly reasons: readonly string[];
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
  /** Whether it has ended, or has said nothing for 30 s: it is in no sum then. */
  readonly gone: boolean;
  /** Of the last 15 minutes, as the rest. */
  readonly requests: number;
  readonly failures: number;
  readonly totalErrors: number;
  readonly p95Ms: number;
}

/** How all instances are, together. */
export interface FleetSummary {
  /** `down` if the shared store does not answer, `none` if there is none. */
  readonly store: 'ok' | 'down' | 'none';
  /** What `down` means for these figures, in words. */
  readonly note?: string;
  /** The worst of the instances that live. */
  readonly status: HealthStatus;
  /** Instances that live. */
  readonly live: number;
  /** Sums over the instances that live. */
  readonly requests: number;
  readonly failures: number;
  /** Failed requests by requests, from 0 to 1; 0 without requests. */
  readonly errorRate: number;
  readonly totalErrors: number;
  /** The same by type, greatest first; an object without a prototype. */
  readonly errorsByType: Readonly<Record<string, number>>;
  /** What half of the requests did not exceed, in milliseconds, from the sums of buckets; 0 without requests. */
  readonly p50Ms: number;
  /** The same of 95 of 100. */
  readonly p95Ms: number;
  readonly timeWindow: 'Last 15 minutes';
  /** The one that answers first, then by name; those that are gone last, at most 100 of them. */
  readonly instances: readonly FleetInstance[];
}

/** What a summary is made of. */
export interface FleetParts {
  readonly store: FleetSummary['store'];
  readonly note: string | undefined;
  /** The instance that answers. */
  readonly self: InstanceState;
  /** What the store said of all, its ages as they are now. */
  readonly stored: readonly StoredInstance[];
  readonly goneAfterMs: number;
  readonly epochNow: number;
}

interface Seen extends StoredInstance {
  readonly gone: boolean;
  readonly self: boolean;
}

const errorsOf = ({ errors }: InstanceState): number =>
  Object.values(errors).reduce((sum, count) => sum + count, 0);

function instanceOf({ state, ageMs, gone, self }: Seen, epochNow: number): FleetInstance {
  const { instance, release, status, lifecycle, reasons, startedAt, requests, failures, durations } = state;
  return {
    instance,
    ...(release === undefined ? {} : { release }),
    self,
    status,
    lifecycle,
    reasons,
    startedAt: new Date(startedAt),
    lastSeenAt: new Date(epochNow - ageMs),
    gone,
    requests,
    failures,
    totalErrors: errorsOf(state),
    p95Ms: quantileMs(durations, 0.95),
  };
}

const orderOf = ({ self, gone }: Seen): number => (self ? 0 : gone ? 2 : 1);

/** Instances that live, and those that are gone and have not been started again under the same name. */
function seenOf({ self, stored, goneAfterMs }: FleetParts): Seen[] {
  const others = stored
    .filter(({ state }) => state.life !== self.life)
    .map((one) => ({ ...one, self: false, gone: one.state.ended || one.ageMs > goneAfterMs }));
  const seen: Seen[] = [{ state: self, ageMs: 0, self: true, gone: false }, ...others];
  const alive = new Set(seen.filter(({ gone }) => !gone).map(({ state }) => state.instance));
  let shown = 0;
  return seen
    .toSorted((a, b) => orderOf(a) - orderOf(b) || a.ageMs - b.ageMs)
    .filter(({ gone, state }) => {
      if (!gone) return true;
      if (alive.has(state.instance)) return false;
      alive.add(state.instance); // its earlier lives are one line with it
      shown += 1;
      return shown <= FLEET_GONE_SHOWN;
    })
    .toSorted((a, b) => orderOf(a) - orderOf(b) || (a.state.instance < b.state.instance ? -1 : 1));
}

/** Adds up what the instances that live have said. */
export function fleetSummaryOf(parts: FleetParts): FleetSummary {
  const seen = seenOf(parts);
  const live = seen.filter(({ gone }) => !gone).map(({ state }) => state);
  const sum = (read: (state: InstanceState) => number): number =>
    live.reduce((total, state) => total + read(state), 0);
  const byType = new Map<string, number>();
  for (const { errors } of live) {
    for (const [type, count] of Object.entries(errors)) byType.set(type, (byType.get(type) ?? 0) + count);
  }
  const durations = Array.from({ length: DURATION_BUCKETS }, (_, bucket) =>
    sum((state) => state.durations[bucket] ?? 0),
  );
  const requests = sum((state) => state.requests);
  const failures = sum((state) => state.failures);
  return {
    store: parts.store,
    ...(parts.note === undefined ? {} : { note: parts.note }),
    status: worst(...live.map(({ status }) => status)),
    live: live.length,
    requests,
    failures,
    errorRate: requests === 0 ? 0 : failures / requests,
    totalErrors: sum(errorsOf),
    errorsByType: asRecord([...byType].sort(([, left], [, right]) => right - left)),
    p50Ms: quantileMs(durations, 0.5),
    p95Ms: quantileMs(durations, 0.95),
    timeWindow: TIME_WINDOW,
    instances: seen.map((one) => instanceOf(one, parts.epochNow)),
  };
}
