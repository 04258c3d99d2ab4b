import type { Clock } from '@resilient/core';
import { type Visit, WaitingLine } from '../waiting/waiting-line.ts';
import { GradientLimit } from './gradient-limit.ts';
import type { SlotSettings } from './options.ts';

/** How an attempt that held a slot has ended: `dropped` for a timeout and an overload, `neutral` says nothing. */
export type SlotEnd = 'answered' | 'dropped' | 'neutral';

/** Lets so many attempts run at a time; the others wait in line, first come, first served. */
export class Slots {
  readonly #settings: SlotSettings;
  readonly #clock: Clock;
  readonly #line = new WaitingLine(() => {});
  readonly #adaptive: GradientLimit | undefined;
  readonly #fixed: number;
  /** Slots taken. */
  inUse = 0;

  constructor(settings: SlotSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#adaptive = settings.limit === 'adaptive' ? new GradientLimit() : undefined;
    this.#fixed = settings.limit === 'adaptive' ? 0 : settings.limit;
  }

  /** Slots there are, at the moment. */
  get limit(): number {
    return this.#adaptive ? this.#adaptive.limit : this.#fixed;
  }

  /** Calls that wait for one. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Takes one if one is free and nobody waits for it. */
  tryTake(): boolean {
    if (this.inUse >= this.limit || this.#line.size > 0) return false;
    this.inUse += 1;
    return true;
  }

  /** Waits for one and takes it: `false` if there is no room to wait, or after waiting too long. */
  enter(now: number, visit: Visit): Promise<boolean> {
    const { queue, queueTimeoutMs } = this.#settings;
    if (this.#line.size >= queue) return Promise.resolve(false);
    const ms = Math.min(queueTimeoutMs, visit.deadline - now);
    if (ms === Number.POSITIVE_INFINITY) return this.#line.enter(visit);
    return this.#line.enter({ ...visit, patience: { clock: this.#clock, ms } });
  }

  /** Gives one back; the first in line has it at once. `ms`: how long its attempt ran. */
  release(end: SlotEnd, ms: number): void {
    if (this.#adaptive && end === 'answered') this.#adaptive.answered(ms, this.inUse);
    else if (this.#adaptive && end === 'dropped') this.#adaptive.dropped();
    this.inUse -= 1;
    while (this.#line.size > 0 && this.inUse < this.limit) {
      this.inUse += 1;
      this.#line.letOne();
    }
  }

  /** Sends everybody away. */
  shutdown(): void {
    this.#line.settleAll(false);
  }
}
