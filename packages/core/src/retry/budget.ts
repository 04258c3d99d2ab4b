import { publish } from '../events/publish.ts';
import { checkKnown, checkNumber, checkType } from '../options/check.ts';
import { checkClock } from '../options/check-clock.ts';
import type { Clock } from '../time/clock.ts';
import { systemClock } from '../time/system-clock.ts';
import type { FailureKind } from '../verdict/verdict.ts';
import { budgetDefaults } from './defaults.ts';

/** Options of {@link RetryBudget}. */
export interface RetryBudgetOptions {
  /** Tokens when full. @defaultValue `500` */
  readonly capacity?: number;
  /** Tokens that a retry costs. @defaultValue `14` */
  readonly retryCost?: number;
  /** Tokens that a retry costs after `rate-limit` or `overload`. @defaultValue `5` */
  readonly throttleCost?: number;
  /** Retries per second that are allowed although it is empty; 0 is AWS's behaviour. @defaultValue `1` */
  readonly minPerSecond?: number;
  /** The dependency it belongs to, for events. @defaultValue `'retry'` */
  readonly name?: string;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/**
 * The share of retries that a dependency may receive on top of its first attempts: a token bucket that retries drain
 * and successes fill, so that an outage gets about 2 % more load instead of four times as much.
 *
 * @throws TypeError | RangeError if an option is wrong
 * @example
 * ```ts
 * import { retry, RetryBudget } from '@resilient/core';
 *
 * const budget = new RetryBudget({ capacity: 100 });
 * await retry(async () => 'done', { budget });
 * console.log(budget.available); // 100
 * ```
 */
export class RetryBudget {
  readonly capacity: number;
  readonly #retryCost: number;
  readonly #throttleCost: number;
  readonly #minPerSecond: number;
  readonly #name: string;
  readonly #clock: Clock;
  #tokens: number;
  /** Retries of the floor that may be made now, at most one second's worth. */
  #floor: number;
  #floorAt: number;
  #empty = false;

  constructor(options: RetryBudgetOptions = {}) {
    checkKnown('RetryBudget', options, [
      'capacity',
      'retryCost',
      'throttleCost',
      'minPerSecond',
      'name',
      'clock',
    ]);
    this.capacity = checkNumber('capacity', options.capacity ?? budgetDefaults.capacity, {
      exclusiveMin: true,
    });
    this.#retryCost = checkNumber('retryCost', options.retryCost ?? budgetDefaults.retryCost);
    this.#throttleCost = checkNumber('throttleCost', options.throttleCost ?? budgetDefaults.throttleCost);
    this.#minPerSecond = checkNumber('minPerSecond', options.minPerSecond ?? budgetDefaults.minPerSecond);
    this.#name = checkType('name', options.name ?? 'retry', 'string');
    this.#clock = options.clock === undefined ? systemClock : checkClock('clock', options.clock);
    this.#tokens = this.capacity;
    this.#floor = this.#minPerSecond;
    this.#floorAt = this.#clock.now();
  }

  /** Tokens left, from 0 to `capacity`. */
  get available(): number {
    return this.#tokens;
  }

  /** Takes the tokens of one retry: answers their number, 0 if the floor paid, or -1 if there is nothing left. */
  tryAcquire(kind: FailureKind): number {
    const cost = kind === 'rate-limit' || kind === 'overload' ? this.#throttleCost : this.#retryCost;
    if (cost <= this.#tokens) {
      this.#tokens -= cost;
      return cost;
    }
    this.#tell('empty');
    return this.#takeFloor() ? 0 : -1;
  }

  /** Gives tokens back: those of a retry that succeeded or was not made, or 1 for a first attempt that succeeded. */
  release(cost: number): void {
    if (this.#tokens === this.capacity || !(cost > 0)) return; // -1 is what tryAcquire answers for none
    this.#tokens = Math.min(this.capacity, this.#tokens + cost);
    if (this.#empty && this.#tokens >= this.#retryCost) this.#tell('available');
  }

  #takeFloor(): boolean {
    const now = this.#clock.now();
    const gained = ((now - this.#floorAt) / 1_000) * this.#minPerSecond;
    this.#floor = Math.min(Math.max(this.#minPerSecond, 1), this.#floor + gained);
    this.#floorAt = now;
    if (this.#minPerSecond === 0 || this.#floor < 1) return false;
    this.#floor -= 1;
    return true;
  }

  #tell(state: 'empty' | 'available'): void {
    const empty = state === 'empty';
    if (empty === this.#empty) return;
    this.#empty = empty;
    publish({ kind: 'budget', name: this.#name, package: 'core', state, available: this.#tokens });
  }
}
