import type { Clock } from '@resilient/core';

/** A bounded memory of ids; the one remembered longest ago gives way. */
export class RecentIds {
  readonly #expiries = new Map<string, number>();
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #keepMs: number;

  constructor(clock: Clock, limit: number, keepMs: number = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#limit = limit;
    this.#keepMs = keepMs;
  }

  get size(): number {
    return this.#expiries.size;
  }

  add(id: string): void {
    this.#expiries.delete(id);
    this.#expiries.set(id, this.#clock.now() + this.#keepMs);
    if (this.#expiries.size > this.#limit)
      this.#expiries.delete(this.#expiries.keys().next().value as string);
  }

  delete(id: string): void {
    this.#expiries.delete(id);
  }

  has(id: string): boolean {
    const expiry = this.#expiries.get(id);
    if (expiry === undefined) return false;
    if (expiry > this.#clock.now()) return true;
    this.#expiries.delete(id);
    return false;
  }
}
