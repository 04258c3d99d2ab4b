import { MAX_FINGERPRINTS, REPEAT_LIMIT } from '../defaults.ts';

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
  /** Monotonic instant of the last time. */
  lastAt: number;
  /** The last 11 monotonic instants, as a ring. */
  readonly instants: Float64Array;
}

/** Instants kept of each: one more than the rule allows, which makes "more than 10 in 1 hour" exact. */
const KEPT = REPEAT_LIMIT + 1;

/** What a new record is made of. */
export type FingerprintFacts = Pick<FingerprintRecord, 'key' | 'type' | 'message' | 'code' | 'frame'>;

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

/** At most 1,000 fingerprints; the one seen longest ago gives way. */
export class FingerprintBook {
  readonly #records = new Map<string, FingerprintRecord>();
  #putOut = 0;

  /** How many fingerprints have given way so far. */
  get putOut(): number {
    return this.#putOut;
  }

  get size(): number {
    return this.#records.size;
  }

  /** The record of a fingerprint, made if it is new; `kept` is one that an alert still holds. */
  take(facts: FingerprintFacts, epochNow: number, kept?: FingerprintRecord): FingerprintRecord {
    let record = this.#records.get(facts.key);
    if (record !== undefined) this.#records.delete(facts.key);
    else record = kept ?? newRecord(facts, epochNow);
    this.#records.set(facts.key, record);
    if (this.#records.size > MAX_FINGERPRINTS) {
      this.#records.delete(this.#records.keys().next().value as string);
      this.#putOut += 1;
    }
    return record;
  }

  /** The `limit` fingerprints that came most often. */
  top(limit: number): FingerprintRecord[] {
    return [...this.#records.values()].sort((a, b) => b.count - a.count).slice(0, limit);
  }
}

function newRecord(facts: FingerprintFacts, epochNow: number): FingerprintRecord {
  return {
    ...facts,
    firstSeenAt: epochNow,
    lastSeenAt: epochNow,
    count: 0,
    lastAt: 0,
    instants: new Float64Array(KEPT),
  };
}
