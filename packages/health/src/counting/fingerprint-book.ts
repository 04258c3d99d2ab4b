import { MAX_FINGERPRINTS } from '../defaults.ts';
import type { ErrorFacts } from '../errors/read-error.ts';
import { type FingerprintRecord, newRecord } from './fingerprint-record.ts';

/** The errors of one place in the code. Those that came once stand in the order in which they came. */
interface Place {
  readonly name: string;
  readonly once: Map<string, FingerprintRecord>;
  readonly often: Map<string, FingerprintRecord>;
  turn: number;
}

const sizeOf = ({ once, often }: Place): number => once.size + often.size;

/**
 * At most 1,000 fingerprints. Messages can be invented from outside, places in the code cannot: so the place with the
 * most fingerprints gives one up, and there the one seen longest ago of those that came once. A flood of invented
 * messages puts out its own kind, however many of them come between two occurrences of a real error.
 */
export class FingerprintBook {
  readonly #places = new Map<string, Place>();
  #size = 0;
  #turn = 0;
  #putOut = 0;

  /** How many fingerprints have given way so far. */
  get putOut(): number {
    return this.#putOut;
  }

  /** The record of a fingerprint, made if it is new; `kept` is one that an alert still holds. */
  take(key: string, facts: ErrorFacts, epochNow: number, kept?: FingerprintRecord): FingerprintRecord {
    const place = this.#placeOf(facts.frame ?? '');
    const known = place.once.get(key) ?? place.often.get(key);
    const record = known ?? kept ?? newRecord(key, facts, epochNow);
    place.once.delete(key);
    (record.count === 0 ? place.once : place.often).set(key, record);
    record.isKept = true;
    record.turn = place.turn;
    if (known === undefined) this.#size += 1;
    if (this.#size > MAX_FINGERPRINTS) this.#giveWay(place);
    return record;
  }

  /** The same for a record that was taken before, if it is still held, at a tenth of the cost. */
  takeAgain(record: FingerprintRecord): boolean {
    if (!record.isKept || record.count < 2) return false;
    this.#turn += 1;
    record.turn = this.#turn;
    return true;
  }

  #placeOf(name: string): Place {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = { name, once: new Map(), often: new Map(), turn: 0 };
      this.#places.set(name, place);
    }
    this.#turn += 1;
    place.turn = this.#turn;
    return place;
  }

  /** The `limit` fingerprints that came most often. */
  top(limit: number): FingerprintRecord[] {
    const records: FingerprintRecord[] = [];
    for (const { once, often } of this.#places.values()) records.push(...once.values(), ...often.values());
    return records.sort((a, b) => b.count - a.count).slice(0, limit);
  }

  /** Puts one fingerprint out; not the newest, if it is the only one of its place. */
  #giveWay(newest: Place): void {
    let fullest = newest;
    let most = 0;
    for (const place of this.#places.values()) {
      const size = sizeOf(place);
      const weight = 2 * size + Math.sign(place.once.size);
      if (weight < most || (weight === most && place.turn >= fullest.turn)) continue;
      if (place === newest && size === 1) continue;
      fullest = place;
      most = weight;
    }
    const record = oldestOf(fullest);
    if (!fullest.once.delete(record.key)) fullest.often.delete(record.key);
    record.isKept = false;
    if (sizeOf(fullest) === 0) this.#places.delete(fullest.name);
    this.#size -= 1;
    this.#putOut += 1;
  }
}

/** Those that came once keep a quarter of the place, or a new error could never come twice. */
function oldestOf({ once, often }: Place): FingerprintRecord {
  if (once.size * 4 > once.size + often.size) return once.values().next().value as FingerprintRecord;
  let oldest: FingerprintRecord | undefined;
  for (const record of often.values()) if (oldest === undefined || record.turn < oldest.turn) oldest = record;
  return oldest as FingerprintRecord;
}
