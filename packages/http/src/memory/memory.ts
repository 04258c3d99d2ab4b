import { RetryBudget } from '@resilient/core';
import { Breaker } from '../breaker/breaker.ts';
import { Gates } from '../gate/gates.ts';
import { Counters } from './counters.ts';
import type { MemoryParts, MemorySettings } from './settings.ts';

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
  /** Slots taken: attempts under way. */
  inUse = 0;
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
    this.gates = new Gates({ name, clock, random, maxGateMs: settings.maxGateMs });
  }

  /** Leaves no timer and no waiter behind. */
  shutdown(): void {
    this.gone = true;
    this.breaker?.shutdown();
    this.gates.shutdown();
  }
}
