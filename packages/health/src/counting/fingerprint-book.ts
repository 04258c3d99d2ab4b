import { MAX_FINGERPRINTS } from '../defaults.ts';
import type { ErrorFacts } from '../errors/read-error.ts';
import { type FingerprintRecord, newRecord } from './fingerprint-record.ts';

/** The errors of one place in the code, each map in the order of their last time. */
interface Place {
  readonly once: Map<string, FingerprintRecord>;
  readonly often: Map<string, FingerprintRecord>;
}

const sizeOf = ({ once, often }: Place): number => once.size + often.size;

/**
 * At most 1,000 fingerprints. Messages can be invented from outside, places in the code cannot: so the place with the
 * most fingerprints gives one up, and there the one seen longest ago of those that came once. A flood of invented
 * messages puts out its own kind, however many of them come between two occurrences of a real error.
 */
export class FingerprintBook {
  /** In the order of their last use. */
  readonly #places = new Map<string, Place>();
  #size = 0;
  #putOut = 0;

  /** How many fingerprints have given way so far. */
  get putOut(): number {
    return this.#putOut;
  }

  /** The record of a fingerprint, made if it is new; `kept` is one that an alert still holds. */
  take(key: string, facts: ErrorFacts, epochNow: number, kept?: FingerprintRecord): FingerprintRecord {
    const name = facts.frame ?? '';
    const place = this.#places.get(name) ?? { once: new Map(), often: new Map() };
    const known = place.once.get(key) ?? place.often.get(key);
    const record = known ?? kept ?? newRecord(key, facts, epochNow);
    place.once.delete(key);
    place.often.delete(key);
    (record.count === 0 ? place.once : place.often).set(key, record);
    this.#places.delete(name);
    this.#places.set(name, place);
    if (known === undefined) this.#size += 1;
    if (this.#size > MAX_FINGERPRINTS) this.#giveWay(place);
    return record;
  }

  /** The `limit` fingerprints that came most often. */
  top(limit: number): FingerprintRecord[] {
    const records: FingerprintRecord[] = [];
    for (const { once, often } of this.#places.values()) records.push(...once.values(), ...often.values());
    return records.sort((a, b) => b.count - a.count).slice(0, limit);
  }

  /** Puts one fingerprint out; not the newest, if it is the only one of its place. */
  #giveWay(newest: Place): void {
    let [name, fullest] = ['', newest];
    let most = 0;
    for (const [candidate, place] of this.#places) {
      const size = sizeOf(place);
      const weight = 2 * size + Math.sign(place.once.size);
      if (weight <= most || (place === newest && size === 1)) continue;
      [name, fullest, most] = [candidate, place, weight];
    }
    // Those that came once keep a quarter of the place, or a new error could never come twice.
    const from = fullest.once.size * 4 > sizeOf(fullest) ? fullest.once : fullest.often;
    from.delete(from.keys().next().value as string);
    if (sizeOf(fullest) === 0) this.#places.delete(name);
    this.#size -= 1;
    this.#putOut += 1;
  }
}
