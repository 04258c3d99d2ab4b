import { publish, RetryBudget } from '@resilient/core';
import { Breaker } from '../breaker/breaker.ts';
import { Gates } from '../gate/gates.ts';
import { Slots } from '../slots/slots.ts';
import { hasNestedRetries } from '../verdict/nested-retries.ts';
import { Counters } from './counters.ts';
import { Latencies } from './latencies.ts';
import type { MemoryParts, MemorySettings } from './settings.ts';

/** A quantile that was counted is good for so long. */
const SLOW_FOR_MS = 1_000;

/** What the calls of one name share: breaker, budget, slots, gates and statistics. */
export class Memory {
  /** The dependency's name, as events and errors show it. */
  readonly name: string;
  /** The name that the caller gave; memories of a drop-in fetch share one, for each origin. */
  readonly group: string;
  readonly settings: MemorySettings;
  readonly parts: MemoryParts;
  readonly breaker: Breaker | undefined;
  readonly budget: RetryBudget | undefined;
  readonly gates: Gates;
  readonly counters: Counters = new Counters();
  readonly slots: Slots;
  /** How long calls took, and attempts, in the last ten minutes. */
  readonly callTimes: Latencies = new Latencies();
  readonly attemptTimes: Latencies = new Latencies();
  /** The clock's time of the last call. */
  usedAt: number;
  /** What `usedAt` was when its place among the others was last looked at. */
  placedAt: number;
  #slow = { count: 0, p95: 0, until: Number.NEGATIVE_INFINITY };
  #hasNested = false;
  /** Clients that are not closed. */
  clients = 0;
  /** `true` once it is forgotten: who holds it asks for a new one. */
  gone = false;

  constructor(name: string, group: string, settings: MemorySettings, parts: MemoryParts) {
    this.name = name;
    this.group = group;
    this.settings = settings;
    this.parts = parts;
    const { clock, random, logger } = parts;
    this.breaker = settings.breaker
      ? new Breaker({ name, settings: settings.breaker, clock, random, logger })
      : undefined;
    this.budget = settings.budget ? new RetryBudget({ ...settings.budget, name, clock }) : undefined;
    this.usedAt = clock.now();
    this.placedAt = this.usedAt;
    this.slots = new Slots(settings.concurrency, clock);
    this.gates = new Gates({ name, clock, random, maxGateMs: settings.maxGateMs });
  }

  /** Leaves no timer and no waiter behind. */
  shutdown(): void {
    this.gone = true;
    this.breaker?.shutdown();
    this.gates.shutdown();
    this.slots.shutdown();
  }

  /** Whether nothing would be lost with it but counts. */
  get isIdle(): boolean {
    const { breaker, counters, gates } = this;
    return counters.running === 0 && gates.waiting === 0 && (!breaker || breaker.state === 'closed');
  }

  /** The time within which 95 % of the attempts end, and of how many that is known; counted anew each second. */
  slowAt(now: number): { readonly count: number; readonly p95: number } {
    if (now >= this.#slow.until) {
      const { count, values } = this.attemptTimes.quantiles(now, [0.95]);
      this.#slow = { count, p95: Math.max(1, values[0] ?? 0), until: now + SLOW_FOR_MS };
    }
    return this.#slow;
  }

  /** Warns once if an SDK retries inside our attempts, which multiplies them. */
  watchNested(answer: unknown): void {
    if (!this.#hasNested && hasNestedRetries(answer)) this.warnNested();
  }

  /** The same, where it is known. */
  warnNested(): void {
    if (this.#hasNested) return;
    this.#hasNested = true;
    const message = `the SDK of '${this.name}' retries by itself, inside the attempts of @resilient/http, which multiplies them: switch its retries off`;
    publish({ kind: 'warning', name: this.name, package: 'http', code: 'NESTED_RETRIES', message });
    this.parts.logger.warn({ dependency: this.name, code: 'NESTED_RETRIES' }, message);
  }
}
