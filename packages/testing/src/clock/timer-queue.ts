/** A timer of the virtual clock. */
export interface VirtualTimer {
  /** Monotonic milliseconds; `Infinity` for one that never fires. */
  readonly dueAt: number;
  /** Order of creation, which decides between timers due at the same time. */
  readonly order: number;
  readonly callback: () => void;
}

/** Timers in the order in which they are due, then in which they were created. */
export class TimerQueue {
  readonly #timers: VirtualTimer[] = [];

  get size(): number {
    return this.#timers.length;
  }

  add(timer: VirtualTimer): void {
    this.#timers.splice(this.#placeOf(timer), 0, timer);
  }

  /** Takes a timer out; one that is not in the queue is ignored. */
  remove(timer: VirtualTimer): void {
    const place = this.#placeOf(timer);
    if (this.#timers[place] === timer) this.#timers.splice(place, 1);
  }

  /** Takes out the first timer due at `time` or before. */
  takeDue(time: number): VirtualTimer | undefined {
    const first = this.#timers[0];
    return first !== undefined && first.dueAt <= time ? this.#timers.shift() : undefined;
  }

  /** When the next timer is due, `undefined` when none will ever be. */
  get nextDueAt(): number | undefined {
    const dueAt = this.#timers[0]?.dueAt;
    return dueAt === Infinity ? undefined : dueAt;
  }

  /** Index of the first timer that does not come before `timer`. */
  #placeOf(timer: VirtualTimer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#timers[middle] as VirtualTimer;
      const before = other.dueAt < timer.dueAt || (other.dueAt === timer.dueAt && other.order < timer.order);
      if (before) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
