import { OTHER } from '../defaults.ts';
import { BucketRing } from './bucket-ring.ts';

interface Slot {
  readonly name: string;
  readonly slot: number;
  /** When it was used last, in the order of all uses. */
  turn: number;
}

/**
 * Counts by name over the last 15 minutes, for a bounded number of names. When all places are taken, the name seen
 * longest ago gives way and its counts go to `_OTHER`, so that the total stays exact.
 */
export class NamedCounts {
  readonly #limit: number;
  readonly #ring: BucketRing;
  readonly #slots = new Map<string, Slot>();
  #turn = 0;
  #putOut = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#ring = new BucketRing(limit + 1);
  }

  /** How many names have given way so far. */
  get putOut(): number {
    return this.#putOut;
  }

  add(now: number, name: string, amount = 1): void {
    this.#ring.add(now, name === OTHER ? this.#limit : this.#slotOf(name), amount);
  }

  /** Names with their counts, greatest first; names without a count in the window are left out. */
  entries(now: number): [name: string, count: number][] {
    const counts: [string, number][] = [];
    for (const { name, slot } of this.#slots.values()) {
      const count = this.#ring.sum(now, slot);
      if (count > 0) counts.push([name, count]);
    }
    const rest = this.#ring.sum(now, this.#limit);
    if (rest > 0) counts.push([OTHER, rest]);
    return counts.sort((a, b) => b[1] - a[1]);
  }

  #slotOf(name: string): number {
    this.#turn += 1;
    const known = this.#slots.get(name);
    if (known !== undefined) {
      known.turn = this.#turn;
      return known.slot;
    }
    const slot = this.#slots.size < this.#limit ? this.#slots.size : this.#giveWay();
    this.#slots.set(name, { name, slot, turn: this.#turn });
    return slot;
  }

  #giveWay(): number {
    let oldest: Slot | undefined;
    for (const known of this.#slots.values()) {
      if (oldest === undefined || known.turn < oldest.turn) oldest = known;
    }
    const { name, slot } = oldest as Slot;
    this.#slots.delete(name);
    this.#ring.move(slot, this.#limit);
    this.#putOut += 1;
    return slot;
  }
}
