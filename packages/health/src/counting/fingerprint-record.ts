import type { AlertSource } from '../alerts/alert-source.ts';
import { REPEAT_LIMIT } from '../defaults.ts';
import { maskForPeople } from '../errors/mask.ts';
import type { ErrorFacts } from '../errors/read-error.ts';

/** One sort of error: what it looks like, how often it came, and its last instants. */
export interface FingerprintRecord {
  readonly key: string;
  readonly type: string;
  readonly code?: string;
  readonly frame?: string;
  /** Masked. */
  readonly message: string;
  readonly firstSeenAt: number;
  lastSeenAt: number;
  route?: string;
  count: number;
  /** Its alert, once there was one. */
  alert?: AlertSource;
  /** When it was used last, in the order of all uses. */
  turn: number;
  /** Whether the book of fingerprints holds it. */
  isKept: boolean;
  /** Monotonic instant of the last time. */
  lastAt: number;
  /** The last 11 monotonic instants, as a ring. */
  readonly instants: Float64Array;
}

/** Instants kept of each: one more than the rule allows, which makes "more than 10 in 1 hour" exact. */
const KEPT = REPEAT_LIMIT + 1;

/** A record of what has not come yet. */
export function newRecord(key: string, facts: ErrorFacts, epochNow: number): FingerprintRecord {
  return {
    ...facts,
    key,
    message: maskForPeople(facts.message),
    firstSeenAt: epochNow,
    lastSeenAt: epochNow,
    count: 0,
    turn: 0,
    isKept: false,
    lastAt: 0,
    instants: new Float64Array(KEPT),
  };
}

/** Notes one more time at the monotonic instant `now`. */
export function note(record: FingerprintRecord, now: number, epochNow: number): void {
  record.instants[record.count % KEPT] = now;
  record.count += 1;
  record.lastAt = now;
  record.lastSeenAt = epochNow;
}

/** The instant of the 11th last time, `undefined` if there were fewer. */
export function oldestInstant(record: FingerprintRecord): number | undefined {
  return record.count < KEPT ? undefined : record.instants[record.count % KEPT];
}
